// Visual expert, Lynx adapters, upcycled experts and the branch of high resolution: PyTorch's numbers and gradients, the base's bits at the
// start in training and cached decoding, saved and opened again.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../src/generate/engine/index.js';
import { Mllm, type Piece } from '../src/generate/index.js';
import { constant, input, type Parameter, type Tensor, topological } from '../src/graph/index.js';
import { openModel, saveModel } from '../src/model/index.js';
import { HighResolution } from '../src/networks/adapters/high-resolution.js';
import { LynxAdapter } from '../src/networks/adapters/lynx.js';
import type { UpcycledMoe } from '../src/networks/adapters/upcycled-moe.js';
import {
  ADAPTERS_KEY,
  type AdapterSpec,
  addAdapters,
  gatedCrossAttention,
  type Llama,
  llama,
  lynx,
  type MultimodalNetwork,
  moe,
  visualExpert,
} from '../src/networks/index.js';
import { CausalDecoder } from '../src/networks/language/decoder.js';
import { balance, choices, firstChoice } from '../src/networks/language/mixture.js';
import { withAuxiliaryLosses, withDropout } from '../src/nn/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { agrees, type Facts } from './adapters/torch.js';
import { cachedLogits, type Values, wholeLogits, withAdapter } from './adapters/traces.js';
import { distance, golden } from './golden/read.js';
import { evaluate } from './graph/evaluate.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sensorium-decoder-adapters-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Case extends Facts {
  options: Record<string, number>;
  image: number[];
  real: number[];
  visible: number[][];
  loss: number;
  dropped: number;
}
const inputsOf = (f: Facts): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(f.inputs).map(([name, { shape }]) => [name, input(name, shape)]));
const ints = (shape: number[], data: number[]) => constant(hostTensor('int32', shape, data));

/** A LLaMA of one layer of width 8, with adapters. */
function one(...adapters: AdapterSpec[]): Llama {
  const network = llama({ width: 8, layers: 1, heads: 2, feedForward: 12, vocabSize: 20, positions: 16 }).build();
  addAdapters(network, adapters);
  return network.nameParameters();
}

/** Parameters of a tree by path, those alone that a file has values of. */
const named = (from: { namedParameters(): Iterable<[string, Parameter]> }, { values }: Facts): Map<string, Parameter> =>
  new Map([...from.namedParameters()].filter(([name]) => values[name]));

describe('PyTorch', async () => {
  const facts = JSON.parse(await readFile(join(import.meta.dirname, 'golden/decoder-adapters.json'), 'utf8')) as Record<string, Case>;

  it('gives what a layer with a visual expert gives, with all gradients; a place that fills up a batch counts once', async () => {
    const f = facts.visualExpert as Case;
    const network = one(visualExpert());
    const inputs = inputsOf(f);
    const { image } = f.options as unknown as { image: number[] };
    for (const filled of [image, [...image, 4, 4]]) {
      const at = ints([filled.length], filled);
      const mask = constant(
        hostTensor(
          'bool',
          [1, 6],
          Uint8Array.from({ length: 6 }, (_, i) => Number(image.includes(i))),
        ),
      );
      const first = constant(
        hostTensor(
          'float32',
          [filled.length, 1],
          Float32Array.from(filled, (_, i) => Number(i < image.length)),
        ),
      );
      const y = network.sequence(inputs.x as Tensor, { images: { at, mask, first } });
      await agrees(f, named(network.model, f), { y, inputs });
    }
  });

  it('gives what a Lynx adapter gives', async () => {
    const f = facts.lynx as Case;
    const adapter = new LynxAdapter(8, f.options.size as number);
    adapter.nameParameters();
    const inputs = inputsOf(f);
    await agrees(f, named(adapter, f), { y: adapter.after(inputs.x as Tensor), inputs });
  });

  it.each(['moe', 'moeCapacity'])('gives what experts give and the balance of their loads, with all gradients: %s', async (name) => {
    const f = facts[name] as Case;
    const network = one(moe({ ...f.options, every: 1 }));
    const layer = network.model.layers[0] as Llama['model']['layers'][0] & { mlp: { forward(x: Tensor, p?: unknown): Tensor } };
    const adapter = layer.adapters[0] as UpcycledMoe;
    const inputs = inputsOf(f);
    const context = { layer: 0, segments: ints([2, 5], f.real) };
    const plain = (x: Tensor, project?: unknown): Tensor => layer.mlp.forward(x, project);
    const trace = () => withAuxiliaryLosses(() => adapter.feedForward(inputs.x as Tensor, plain, context));
    const { result: y, losses } = name === 'moe' ? trace() : withDropout(input('dropout_seed', [], 'int64'), trace);
    expect(losses.map(({ name, weight }) => [name, weight])).toEqual([['balance', f.options.balance]]);
    await agrees(f, named(layer, f), { y, inputs, more: losses.map(({ value, weight }) => value.mul(weight)) });
    expect(f.dropped > 0).toBe(name === 'moeCapacity');
  });

  it('gives what cross-attention to rows of high resolution gives', async () => {
    const f = facts.highResolution as Case;
    const { width, block, inner, heads } = f.options as Record<'width' | 'block' | 'inner' | 'heads', number>;
    const adapter = new HighResolution(8, { width, block, inner, heads });
    adapter.nameParameters();
    const inputs = inputsOf(f);
    const visible = constant(hostTensor('bool', [1, 4, 2], Uint8Array.from(f.visible.flat())));
    const more = inputs.more as Tensor;
    const y = adapter.between(inputs.x as Tensor, { layer: 0, media: { rows: more, more, visible } });
    await agrees(f, named(adapter, f), { y, inputs });
  });
});

describe('balance of loads', () => {
  it('is the one that is worked by hand: 1.3 for these shares, 1 for even ones', async () => {
    // Shares .5 .25 .25 0 and mean probabilities .4 .3 .2 .1 of four tokens that all have the same scores, by turns of one decimal.
    const even = Array.from({ length: 4 }, () => [0.4, 0.3, 0.2, 0.1].map(Math.log)).flat();
    const scores = constant(hostTensor('float32', [4, 4], even));
    const first = constant(hostTensor('bool', [4, 4], Uint8Array.from([1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])));
    const flat = constant(hostTensor('float32', [4, 4], new Float32Array(16)));
    const eye = constant(
      hostTensor(
        'bool',
        [4, 4],
        Uint8Array.from({ length: 16 }, (_, i) => Number(i % 5 === 0)),
      ),
    );
    const got = await evaluate({ worked: balance(scores, first), even: balance(flat, eye), chosen: choices(scores, 2) }, {});
    expect((got.worked as HostTensor).data[0]).toBeCloseTo(1.3, 6);
    expect((got.even as HostTensor).data[0]).toBeCloseTo(1, 6);
    expect(Array.from((got.chosen as HostTensor<'float32'>).data).slice(0, 4)).toEqual([2, 1, 0, 0]);
    const best = await evaluate({ first: firstChoice(choices(scores, 2), 2) }, {});
    expect(Array.from((best.first as HostTensor<'bool'>).data).slice(0, 4)).toEqual([1, 0, 0, 0]);
  });
});

/** Values with those of adapters moved away from where they begin. */
function moved(values: Values): Map<Parameter, HostTensor> {
  const own = [...values].filter(([p]) => p.name.includes('.adapters.'));
  const away = own.map(([p, v]) => [
    p,
    hostTensor(
      'float32',
      v.shape,
      (v.data as Float32Array).map((x, i) => x + 0.3 * Math.sin(i + x)),
    ),
  ]);
  return withAdapter(values, new Map(away as [Parameter, HostTensor][]), 0.5);
}

const picture = () => ({ width: 30, height: 30, data: Uint8Array.from({ length: 2700 }, (_, i) => (i * 37) % 256) });

const same = (a: Float32Array, b: Float32Array): number => distance(a, b);

describe.each<[string, AdapterSpec]>([
  ['llava/clip', visualExpert()],
  ['blip-2/opt', visualExpert()],
  ['fuyu/untied', visualExpert()],
  ['kosmos2/tied', visualExpert({ every: 2 })],
  ['llava/clip', lynx({ size: 3 })],
  ['blip-2/opt', lynx()],
  ['fuyu/untied', lynx()],
  ['kosmos2/tied', lynx()],
  ['llava/clip', moe({ every: 1 })],
  ['blip-2/opt', moe({ every: 1, experts: 3, active: 1 })],
  ['fuyu/untied', moe()],
  ['kosmos2/tied', moe()],
])('%s with %o', (name, spec) => {
  it('begins as the base, whole and over a cache, and moved away from it is the same in both', async () => {
    const { dir } = await golden(name);
    const plain = await loadNetwork(dir);
    const [whole, cached] = [await wholeLogits(plain.network, plain.values), await cachedLogits(plain.network, plain.values)];
    const { network, values, raw } = await loadNetwork(dir, { adapters: [spec], seed: 3 });
    expect(raw[ADAPTERS_KEY]).toEqual([spec]);
    const [start, startCached] = [await wholeLogits(network, values), await cachedLogits(network, values)];
    if (spec.kind === 'moe' || name !== 'llava/clip') {
      // Equal experts with weights that sum to 1 are the dense layer, to rounding. So are layers with biases, as LLaMA's are not: ONNX Runtime
      // adds bias and residual in one kernel with the norm behind them, in another order, where nothing stands between.
      expect(same(start, whole)).toBeLessThan(1e-5);
      startCached.forEach((step, i) => {
        expect(same(step, cached[i] as Float32Array)).toBeLessThan(1e-5);
      });
    } else {
      expect(start).toEqual(whole);
      expect(startCached).toEqual(cached);
    }
    const [open, openCached] = [await wholeLogits(network, moved(values)), await cachedLogits(network, moved(values))];
    expect(same(open, whole)).toBeGreaterThan(1e-3);
    const language = network instanceof CausalDecoder ? network : (network as MultimodalNetwork).language_model;
    const { vocab_size: vocab } = language.config;
    const n = open.length / vocab;
    openCached.forEach((step, i) => {
      const at = n - 5 + i;
      expect(same(step, open.subarray(at * vocab, (at + 1) * vocab)), `step ${i}`).toBeLessThan(1e-4);
    });
  });
});

describe('a model with them', () => {
  it('without an image is the base to the bit, however far the visual expert has moved', async () => {
    const network = one(visualExpert());
    const plain = one();
    const of = async (net: Llama) => {
      const y = net.sequence(net.embed(input('ids', [1, 4], 'int32')));
      expect(topological([y]).leaves.filter((leaf) => 'name' in leaf && String(leaf.name).includes('adapters'))).toEqual([]);
      return y;
    };
    expect((await of(network)).shape).toEqual((await of(plain)).shape);
  });

  it('is saved and opened again, with values and config', async () => {
    const adapters = [visualExpert(), lynx({ size: 3 }), moe({ experts: 3, every: 1 })];
    const model = await openModel((await golden('llava/clip')).dir, { adapters, seed: 9 });
    const values = moved(model.values);
    const dir = join(root, 'saved');
    await saveModel(model, dir, { values });
    const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
    expect(config[ADAPTERS_KEY]).toEqual([
      { kind: 'visual-expert', every: 1 },
      { kind: 'lynx', every: 1, size: 3 },
      { kind: 'moe', experts: 3, active: 2, every: 1, balance: 0.01, capacity: 1.5 },
    ]);
    const again = await openModel(dir);
    expect(await wholeLogits(again.network, again.values)).toEqual(await wholeLogits(model.network, values));
  });

  it('an engine, which writes the last row of an image again to round their number up, reads what a cache reads', async () => {
    const base = await openModel((await golden('llava/clip')).dir, { adapters: [visualExpert()], seed: 9 });
    const dir = join(root, 'engine');
    await saveModel(base, dir, { values: moved(base.values) });
    const model = await Mllm.load(dir, { threads: 1 });
    const asked = [
      {
        role: 'user' as const,
        content: [
          { type: 'image' as const, source: picture() },
          { type: 'text' as const, text: 'a' },
        ],
      },
    ];
    const logProbs = async (pieces: AsyncIterable<Piece>) => {
      const out: number[] = [];
      for await (const { token } of pieces) if (token) out.push(token.logProb);
      return out;
    };
    const alone = await logProbs(model.stream({ messages: asked, maxTokens: 5, ignoreEos: true }));
    const engine = await Engine.create(model, { slots: 1, prefillChunk: 8 });
    const served = await logProbs(engine.submit({ messages: asked, maxTokens: 5, ignoreEos: true }));
    await engine.dispose();
    await model.dispose();
    expect(alone).toHaveLength(5);
    served.forEach((x, i) => {
      expect(x).toBeCloseTo(alone[i] as number, 4);
    });
  });

  it('is refused by name where it cannot be: experts of a mixture, more active experts than there are', async () => {
    await expect(loadNetwork((await golden('mixtral/five-experts')).dir, { adapters: [moe()] })).rejects.toMatchObject({
      code: 'adapter.layers',
    });
    await expect(loadNetwork((await golden('llava/clip')).dir, { adapters: [moe({ experts: 2, active: 3 })] })).rejects.toMatchObject({
      code: 'adapter.spec',
    });
  });

  it('reads images by cross-attention alone where it is told to: what stands in the sequence no longer matters', async () => {
    const { network, values } = await loadNetwork((await golden('llava/clip')).dir, {
      adapters: [gatedCrossAttention({ only: true })],
      seed: 3,
    });
    const closed = await wholeLogits(network, values);
    const other = new Map(
      [...values].map(([p, v]) => [
        p,
        /image_row/.test(p.name)
          ? hostTensor(
              'float32',
              v.shape,
              [...v.data].map(Number).map((x) => -x),
            )
          : v,
      ]),
    );
    expect(same(await wholeLogits(network, other as Values), closed)).toBeGreaterThan(1e-4);
    const cached = await cachedLogits(network, values);
    const { vocab_size: vocab } = (network as MultimodalNetwork).language_model.config;
    const n = closed.length / vocab;
    expect(same(cached[0] as Float32Array, closed.subarray((n - 5) * vocab, (n - 4) * vocab))).toBeLessThan(1e-4);
  });
});
