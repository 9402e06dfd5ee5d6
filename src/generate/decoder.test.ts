// Cached decoding against the whole-sequence graph, batch against single, and the token loop's promises.

import { describe, expect, it } from 'vitest';
import { input, type Parameter } from '../graph/index.js';
import { llama } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { Decoder } from './decoder.js';

const network = llama({ width: 96, layers: 2, heads: 6, kvHeads: 2, vocabSize: 50, positions: 32 }).build().nameParameters();

function randomValues(seed: number): Map<Parameter, HostTensor> {
  const rng = new Rng(seed);
  return new Map(
    network.parameters().map((p) => {
      const data = new Float32Array(p.count);
      p.init(data, p.dims, rng);
      if (p.dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * 2;
      return [p, hostTensor('float32', p.dims, data)];
    }),
  );
}
const values = randomValues(3);

async function whole(ids: number[]): Promise<Float32Array> {
  const n = ids.length;
  const program = await compile(
    { logits: network.logits(network.sequence(network.embed(input('ids', [1, n], 'int32')))) },
    { frozen: values },
  );
  const { logits } = await program.run({ ids: hostTensor('int32', [1, n], ids) });
  const out = (logits as HostTensor<'float32'>).data.slice((n - 1) * 50);
  program.dispose();
  return out;
}
const difference = (a: Float32Array, b: Float32Array): number => a.reduce((m, v, i) => Math.max(m, Math.abs(v - (b[i] as number))), 0);

describe('cached decoding', () => {
  it('equals the whole sequence, in one piece, token by token, and in chunks', async () => {
    const decoder = await Decoder.create({ network, values });
    const ids = Array.from({ length: 17 }, (_, i) => (i * 7 + 3) % 50);
    const truth = await whole(ids);
    for (const cuts of [[17], new Array(17).fill(1), [9, 1, 7]]) {
      const cache = decoder.cache();
      let at = 0;
      let logits: Float32Array = new Float32Array();
      for (const n of cuts as number[]) {
        logits = (await decoder.step(cache, { ids: [ids.slice(at, at + n)] })).data.slice();
        at += n;
      }
      expect(difference(logits, truth)).toBeLessThan(1e-5);
    }
    decoder.dispose();
  });

  it('gives each row of a batch what it gets alone, with prompts of different lengths', async () => {
    const decoder = await Decoder.create({ network, values });
    const prompts = [
      [3, 1, 4, 1, 5],
      [9, 2],
      [6, 5, 3, 5, 8, 9, 7],
    ];
    const next = [[11], [12], [13]];
    const cache = decoder.cache(3);
    const first = (await decoder.step(cache, { ids: prompts })).data.slice();
    const second = (await decoder.step(cache, { ids: next })).data.slice();
    for (let b = 0; b < 3; b++) {
      expect(difference(first.slice(b * 50, b * 50 + 50), await whole(prompts[b] as number[]))).toBeLessThan(1e-5);
      expect(
        difference(second.slice(b * 50, b * 50 + 50), await whole([...(prompts[b] as number[]), ...(next[b] as number[])])),
      ).toBeLessThan(1e-5);
    }
    decoder.dispose();
  });

  it('refuses rows of different lengths once the cache holds something: they would overwrite it', async () => {
    const decoder = await Decoder.create({ network, values });
    const cache = decoder.cache(2);
    await decoder.step(cache, { ids: [[1, 2, 3], [4]] });
    await expect(decoder.step(cache, { ids: [[5, 6], [7]] })).rejects.toThrow(
      /may differ in number: expected 2 tokens in each row.*got 2, 1/,
    );
    decoder.dispose();
  });

  it('refuses a sequence beyond the capacity and leaves the cache as it was', async () => {
    const decoder = await Decoder.create({ network, values, capacity: 8 });
    const cache = decoder.cache();
    await decoder.step(cache, { ids: [[1, 2, 3, 4, 5, 6, 7]] });
    await expect(decoder.step(cache, { ids: [[1, 2]] })).rejects.toThrow(/longer than the context: expected at most 8 tokens, got 9/);
    expect(cache.lengths[0]).toBe(7);
    decoder.dispose();
  });
});
