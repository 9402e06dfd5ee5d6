// Low-rank adapters on real checkpoints: nothing changes while B is zero, in training and in cached decoding, and all of them learn.

import { describe, expect, it } from 'vitest';
import { Decoder } from '../src/generate/index.js';
import { grad, input, PackedTensor, type Parameter } from '../src/graph/index.js';
import { attachLora, type CausalDecoder, type DecoderBlock, detachLora, linearLayers, llama, lora } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { Rng } from '../src/util/rng.js';
import { loadNetwork } from '../src/weights/index.js';
import { quantizeInt4 } from '../src/weights/int4.js';
import { cachedLogits, wholeLogits, withAdapter } from './adapters/traces.js';
import { distance, golden } from './golden/read.js';

describe.each([
  'llama/untied',
  'llama/tied-bf16-sharded',
  'mixtral/five-experts',
  'opt/tied',
  'llava/clip',
  't5/flan',
  't5/first-bf16',
  'blip-2/opt',
])('%s', (name) => {
  it('gives the same bits while B is zero, and others when it is not, whole and over a cache', async () => {
    const { network, values } = await loadNetwork((await golden(name)).dir);
    const [whole, cached] = [await wholeLogits(network, values), await cachedLogits(network, values)];
    const names = network.parameters().map((p) => p.name);
    const attached = attachLora(network, lora({ rank: 4, targets: 'all-linear' }), { seed: 1, values });
    expect(attached.layers.size).toBe([...linearLayers(network).keys()].filter((path) => !path.endsWith('lm_head')).length);
    const closed = withAdapter(values, attached.values);
    expect(await wholeLogits(network, closed)).toEqual(whole);
    expect(await cachedLogits(network, closed)).toEqual(cached);
    const open = withAdapter(values, attached.values, 0.05);
    const [changed, changedCached] = [await wholeLogits(network, open), await cachedLogits(network, open)];
    expect(distance(changed, whole)).toBeGreaterThan(1e-3);
    changedCached.forEach((step, i) => void expect(distance(step, cached[i] as Float32Array)).toBeGreaterThan(1e-4));
    detachLora(attached);
    expect(network.parameters().map((p) => p.name)).toEqual(names);
    expect(await wholeLogits(network, values)).toEqual(whole);
  });

  it('with DoRA stays within rounding of it', async () => {
    const { network, values } = await loadNetwork((await golden(name)).dir);
    const whole = await wholeLogits(network, values);
    const attached = attachLora(network, lora({ rank: 4, targets: 'all-linear', dora: true }), { seed: 1, values });
    const scale = whole.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    expect(distance(await wholeLogits(network, withAdapter(values, attached.values)), whole)).toBeLessThan(1e-5 * scale);
  });
});

describe('llama/untied', () => {
  const load = async () => {
    const { network, values } = await loadNetwork((await golden('llama/untied')).dir);
    return { network: network as CausalDecoder, values };
  };

  it('whole sequences and caches agree under an adapter', async () => {
    const { network, values } = await load();
    const attached = attachLora(network, lora({ rank: 4, targets: 'all-linear', dora: true }), { seed: 1, values });
    const open = withAdapter(values, attached.values, 0.05);
    const whole = await wholeLogits(network, open);
    const steps = await cachedLogits(network, open);
    const vocab = network.config.vocab_size;
    steps.forEach((step, i) => void expect(distance(step, whole.subarray((4 + i) * vocab, (5 + i) * vocab))).toBeLessThan(1e-5));
  });

  it.each([false, true])('every adapter learns, and its gradient is the slope of the loss; DoRA %s', async (dora) => {
    const { network, values } = await load();
    const attached = attachLora(network, lora({ rank: 3, targets: ['q_proj', 'down_proj'], dora }), { seed: 1, values });
    const open = withAdapter(values, attached.values, 0.05);
    const ids = input('ids', [1, 6], 'int32');
    const hidden = network.sequence(network.embed(ids));
    const loss = network.logits(hidden).square().mean();
    const gradients = grad(loss, [...attached.parameters]);
    const fed = new Map([...open].filter(([p]) => !attached.values.has(p)));
    const program = await compile({ loss, ...Object.fromEntries(gradients.map((g, i) => [`${i}`, g])) }, { frozen: fed });
    const own = new Map(attached.parameters.map((p) => [p, open.get(p) as HostTensor]));
    const run = (values: ReadonlyMap<Parameter, HostTensor>) =>
      program.run({
        ids: hostTensor('int32', [1, 6], [3, 1, 4, 1, 5, 9]),
        ...Object.fromEntries([...values].map(([p, v]) => [p.name, v])),
      });
    const out = await run(own);
    for (const [i, p] of attached.parameters.entries()) {
      const g = (out[`${i}`] as HostTensor<'float32'>).data;
      const norm = Math.sqrt(g.reduce((n, v) => n + v * v, 0));
      expect(norm, p.name).toBeGreaterThan(0);
      if (dora) continue; // gradients stop at the lengths of rows, so they are not slopes
      // A step along the gradient: the loss must rise by its length.
      const moved = new Map(own);
      const step = 1e-2 / norm;
      moved.set(
        p,
        hostTensor(
          'float32',
          p.dims,
          (own.get(p) as HostTensor<'float32'>).data.map((v, k) => v + step * (g[k] as number)),
        ),
      );
      const [before, after] = [out.loss, (await run(moved)).loss].map((t) => Number((t as HostTensor).data[0]));
      expect(((after as number) - (before as number)) / (1e-2 * norm), p.name).toBeCloseTo(1, 1);
    }
    program.dispose();
  });
});

it('an adapter stands beside weights in four bits; DoRA on them is refused', async () => {
  const network = llama({ width: 64, layers: 2, heads: 4, vocabSize: 96, positions: 16 }).build().nameParameters();
  const rng = new Rng('int4');
  const draw = (p: Parameter): [Parameter, HostTensor] => {
    const value = hostTensor('float32', p.dims);
    p.init(value.data, p.dims, rng);
    return [p, value];
  };
  const values = new Map(network.parameters().map(draw));
  const run = async (adapted: ReadonlyMap<Parameter, HostTensor>, quantize?: 'int4') => {
    const decoder = await Decoder.create({ network, values: adapted, quantize, capacity: 16 });
    const { data } = await decoder.step(decoder.cache(), { ids: [[3, 1, 4, 1, 5]] });
    decoder.dispose();
    return data.slice();
  };
  const [plain, base] = [await run(values), await run(values, 'int4')];
  expect(distance(plain, base)).toBeGreaterThan(1e-3); // it is quantized
  const attached = attachLora(network, lora({ rank: 4, targets: 'all-linear' }), { seed: 1, values });
  // Products of several layers are not joined beside an adapter, which changes rounding alone.
  expect(distance(await run(withAdapter(values, attached.values), 'int4'), base)).toBeLessThan(1e-4);
  const open = withAdapter(values, attached.values, 0.05);
  const [floatMove, int4Move] = [distance(await run(open), plain), distance(await run(open, 'int4'), base)];
  expect(int4Move).toBeGreaterThan(0.5 * floatMove);
  detachLora(attached);
  const { weight } = (network.model.layers[0] as DecoderBlock).self_attn.q_proj;
  const packed = new PackedTensor(weight.dims as [number, number], { blocks: quantizeInt4(values.get(weight) as HostTensor) });
  const dora = lora({ rank: 4, targets: ['q_proj'], dora: true });
  for (const held of [new Map(values).set(weight, packed), undefined])
    expect(() => attachLora(network, dora, { seed: 1, values: held })).toThrow(expect.objectContaining({ code: 'adapter.quantized' }));
});
