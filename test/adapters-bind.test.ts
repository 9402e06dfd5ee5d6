// ImageBind-LLM's injection: the base's bits at gate zero in training and cached decoding, the mean of the last medium's rows where it is open.

import { describe, expect, it } from 'vitest';
import { constant } from '../src/graph/index.js';
import { Bind } from '../src/networks/adapters/bind.js';
import { bind, bindNetwork } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { hostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { cachedLogits, wholeLogits } from './adapters/traces.js';
import { golden } from './golden/read.js';

describe('bind', () => {
  it('gives the same bits at gate zero, whole and over a cache, and others with it open, in both alike', async () => {
    const { dir } = await golden('llava/clip');
    const plain = await loadNetwork(dir);
    const { network, values } = await loadNetwork(dir, { adapters: [bind()], seed: 3 });
    expect(await wholeLogits(network, values)).toEqual(await wholeLogits(plain.network, plain.values));
    expect(await cachedLogits(network, values)).toEqual(await cachedLogits(plain.network, plain.values));
    const open = new Map([...values].map(([p, v]) => [p, /adapters.*\.gate$/.test(p.name) ? hostTensor('float32', [1], [0.5]) : v]));
    const [whole, cached] = [await wholeLogits(network, open), await cachedLogits(network, open)];
    expect(whole).not.toEqual(await wholeLogits(network, values));
    const vocab = (network as unknown as { language_model: { config: { vocab_size: number } } }).language_model.config.vocab_size;
    const n = whole.length / vocab;
    const first = cached[0] as Float32Array;
    const same = whole.subarray((n - 5) * vocab, (n - 4) * vocab);
    expect(Math.max(...first.map((v, i) => Math.abs(v - (same[i] as number))))).toBeLessThan(1e-4);
  });

  it('adds the mean of the rows that a token may look at, and nothing to tokens before any medium', async () => {
    const adapter = new Bind();
    adapter.nameParameters();
    const x = hostTensor('float32', [1, 3, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
    const rows = hostTensor('float32', [2, 2], Float32Array.of(10, 20, 30, 40));
    const visible = hostTensor('bool', [1, 3, 2], Uint8Array.of(0, 0, 1, 0, 1, 1));
    const y = adapter.before(constant(x), { layer: 0, media: { rows: constant(rows), visible: constant(visible) } });
    const program = await compile({ y }, { frozen: new Map([[adapter.gate, hostTensor('float32', [1], [0.1])]]) });
    const out = [...((await program.run({})).y as { data: Float32Array }).data];
    program.dispose();
    for (const [i, v] of [1, 2, 3 + 1, 4 + 2, 5 + 2, 6 + 3].entries()) expect(out[i]).toBeCloseTo(v, 5);
    expect(adapter.before(constant(x), { layer: 0 }).shape).toEqual([1, 3, 2]);
  });

  it('takes one vector of a medium through gated blocks, as a plain loop does', async () => {
    const network = bindNetwork({ blocks: 1, expansion: 2 }).build(2, 2);
    network.nameParameters();
    expect(network.tokenCount(9)).toBe(1);
    const values = new Map(
      network.parameters().map(
        (p, k) =>
          [
            p,
            hostTensor(
              'float32',
              p.dims,
              Float32Array.from({ length: p.count }, (_, i) => 0.1 * (i + 1) - 0.05 * k),
            ),
          ] as const,
      ),
    );
    const of = (name: string): number[] => [...values].flatMap(([p, { data }]) => (p.name.endsWith(name) ? [...data] : []));
    const tokens = [1, 2, 3, -4];
    const linear = (x: number[], name: string): number[] => {
      const [w, b] = [of(`${name}.weight`), of(`${name}.bias`)];
      return b.map((bias, o) => x.reduce((sum, v, i) => sum + v * (w[o * x.length + i] as number), bias));
    };
    const x = linear([2, -1], 'image_bind_proj');
    const scale = 1 / Math.sqrt(x.reduce((s, v) => s + v * v, 0) / 2 + 1e-6);
    const h = x.map((v, i) => v * scale * (of('norm.weight')[i] as number));
    const [a, c] = [linear(h, 'f1'), linear(h, 'f3')];
    const gated = linear(
      a.map((v, i) => (v / (1 + Math.exp(-v))) * (c[i] as number)),
      'f2',
    );
    const program = await compile(
      { y: network.project(constant(hostTensor('float32', [1, 2, 2], Float32Array.from(tokens)))) },
      { frozen: values },
    );
    const out = [...((await program.run({})).y as { data: Float32Array }).data];
    program.dispose();
    for (const [i, v] of x.entries()) expect(out[i]).toBeCloseTo(v + (gated[i] as number), 4);
  });
});
