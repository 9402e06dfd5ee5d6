// Language models load from Hugging Face folders and agree with transformers: hidden states, logits, greedy text, padding, caches.

import { describe, expect, it } from 'vitest';
import { Decoder, Engine } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import type { CausalDecoder } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { distance, type Golden, golden, goldenNames } from './golden/read.js';

/** Hidden states and logits, as the issue of agreement is stated. */
const BAR = 1e-4;

const load = async (dir: string) => (await loadNetwork(dir, { kinds: ['causal'] })) as LoadedNetwork<CausalDecoder>;
type Loaded = Awaited<ReturnType<typeof load>>;

/** Hidden states and logits of whole sequences, with padding told by a mask. */
async function whole({ network, values }: Loaded, ids: HostTensor<'int32'>, mask?: HostTensor<'int32'>) {
  const shape = ids.shape;
  const options = mask && { positions: input('positions', shape, 'int32'), segments: input('segments', shape, 'int32') };
  const hidden = network.sequence(network.embed(input('ids', shape, 'int32')), options);
  const program = await compile({ hidden, logits: network.logits(hidden) }, { frozen: values });
  const feeds: Record<string, HostTensor> = { ids };
  if (mask) {
    const positions = hostTensor('int32', shape);
    const n = shape[1] as number;
    mask.data.forEach((m, i) => {
      positions.data[i] = i % n === 0 ? 0 : (positions.data[i - 1] as number) + ((mask.data[i - 1] as number) & m);
    });
    Object.assign(feeds, { positions, segments: mask });
  }
  const out = (await program.run(feeds)) as { hidden: HostTensor<'float32'>; logits: HostTensor<'float32'> };
  program.dispose();
  return out;
}

const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);

/** Greedy continuations of several prompts at once over one cache, and the logits after the prompts. */
async function greedy(decoder: Decoder, prompts: readonly number[][], count: number) {
  const cache = decoder.cache(prompts.length);
  let logits = (await decoder.step(cache, { ids: prompts })).data;
  const first = logits.slice();
  const vocab = logits.length / prompts.length;
  const rows: number[][] = prompts.map(() => []);
  for (let t = 0; ; t++) {
    const next = prompts.map((_, b) => argMax(logits.subarray(b * vocab, (b + 1) * vocab)));
    for (const [b, id] of next.entries()) rows[b]?.push(id);
    if (t + 1 === count) return { rows, first };
    logits = (await decoder.step(cache, { ids: next.map((id) => [id]) })).data;
  }
}

/** The prompts of a batch that is padded on the right. */
function prompts(g: Golden): number[][] {
  const mask = g.rows('right.mask');
  return g.rows('right.ids').map((row, b) => row.filter((_, i) => mask[b]?.[i] === 1));
}

/** Keys turn anew as the text grows, so there are no cached continuations beyond the model's own context. */
const DYNAMIC = 'llama-rope/dynamic';

describe.each(
  ['llama', 'llama-rope', 'windows', 'qwen2', 'qwen3', 'mixtral', 'opt', 'smollm3', 'lfm2', 'gemma', 'gemma3'].flatMap(goldenNames),
)('%s', (name) => {
  it('computes the hidden states and logits that transformers computes', async () => {
    const g = await golden(name);
    const { hidden, logits } = await whole(await load(g.dir), g.ints('ids'));
    expect(distance(hidden.data, g.floats('hidden').data)).toBeLessThan(BAR);
    expect(distance(logits.data, g.floats('logits').data)).toBeLessThan(BAR);
  });

  it.each(['left', 'right'])('is not disturbed by padding on the %s', async (side) => {
    const g = await golden(name);
    const mask = g.ints(`${side}.mask`);
    const { hidden } = await whole(await load(g.dir), g.ints(`${side}.ids`), mask);
    const width = hidden.shape[2] as number;
    const real = hidden.data.map((v, i) => v * (mask.data[Math.floor(i / width)] as number));
    expect(distance(real, g.floats(`${side}.hidden`).data)).toBeLessThan(BAR);
  });

  it.skipIf(name === DYNAMIC)('continues prompts with the same tokens, from a cache, alone and in a batch', async () => {
    const g = await golden(name);
    const loaded = await load(g.dir);
    const decoder = await Decoder.create(loaded);
    const expected = g.rows('greedy');
    const all = prompts(g);
    const together = await greedy(decoder, all, 32);
    expect(together.rows).toEqual(expected);
    const alone = await greedy(decoder, all.slice(0, 1), 32);
    expect(alone.rows[0]).toEqual(expected[0]);
    const { logits } = await whole(loaded, g.ints('ids'));
    const vocab = alone.first.length;
    expect(distance(alone.first, logits.data.subarray(logits.data.length - vocab))).toBeLessThan(1e-5);
    expect(distance(together.first.subarray(0, vocab), alone.first)).toBeLessThan(1e-5);
    decoder.dispose();
  });
});

describe.each([
  'llama/untied',
  'windows/mistral',
  'windows/mistral-heads-of-ten',
  'qwen3/tied-bf16',
  'mixtral/five-experts',
  'smollm3/tied-bf16',
  'gemma3/tied-bf16',
])('%s', (name) => {
  it('is served with the same tokens, several prompts at once', async () => {
    const g = await golden(name);
    const decoder = await Decoder.create(await load(g.dir));
    const engine = await Engine.create({ decoder, endTokens: [] }, { slots: 2, prefillChunk: 16 });
    const streams = prompts(g).map((ids) => engine.submit({ ids, maxTokens: 32 }));
    const replies = await Promise.all(
      streams.map(async (stream) => {
        const ids: number[] = [];
        for await (const { token } of stream) if (token) ids.push(token.id);
        return ids;
      }),
    );
    expect(replies).toEqual(g.rows('greedy'));
    await engine.dispose();
    decoder.dispose();
  });
});

it('refuses caches beyond the context where rotary positions scale with the length', async () => {
  const loaded = await load((await golden(DYNAMIC)).dir);
  await expect(Decoder.create({ ...loaded, capacity: 24 })).rejects.toThrow(/rope_scaling.*expected a capacity of at most 16, got 24/);
});
