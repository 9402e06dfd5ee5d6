// The token loop over a small random model: streaming equals the whole, stop strings, limits, abort, seeds, batches.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llama } from '../networks/index.js';
import { parseBoxes } from '../text/boxes.js';
import { DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS, Tokenizer, trainByteLevelBpe } from '../text/index.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { Decoder } from './decoder.js';
import { type GenerateOptions, generateMany, generateTokens, type Piece } from './tokens.js';

const tokenizer = Tokenizer.fromJson(
  trainByteLevelBpe(['a red dog and a blue cup, 红色的狗'], { vocabSize: 280, specialTokens: [...SPECIAL_TOKENS] }),
  DEFAULT_TOKENIZER_CONFIG,
);
const network = llama({ width: 64, layers: 1, heads: 2, vocabSize: tokenizer.vocabSize, positions: 64 }).build().nameParameters();
let decoder: Decoder;
beforeAll(async () => {
  const rng = new Rng(9);
  const values = new Map(
    network.parameters().map((p) => {
      const data = new Float32Array(p.count);
      p.init(data, p.dims, rng);
      if (p.dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * 3;
      return [p, hostTensor('float32', p.dims, data)];
    }),
  );
  decoder = await Decoder.create({ network, values });
});
afterAll(() => decoder.dispose());

const prompt = { ids: Int32Array.from([10, 20, 30, 40]) };
async function run(o: GenerateOptions): Promise<{ text: string; pieces: Piece[] }> {
  const pieces: Piece[] = [];
  for await (const p of generateTokens(decoder, tokenizer, prompt, o)) pieces.push(p);
  return { text: pieces.map((p) => p.text).join(''), pieces };
}

describe('the token loop', () => {
  it('streams pieces that join to what the batch path gives, with a finish at the end only', async () => {
    const { text, pieces } = await run({ maxTokens: 20 });
    const [whole, ...others] = await generateMany(
      decoder,
      tokenizer,
      [prompt, { ids: Int32Array.from([7]) }, { ids: Int32Array.from([50, 60, 70, 80, 90, 11, 12]) }],
      { maxTokens: 20 },
    );
    expect(text).toBe(whole);
    expect(others[0]).toBe((await generateMany(decoder, tokenizer, [{ ids: Int32Array.from([7]) }], { maxTokens: 20 }))[0]);
    expect(pieces.slice(0, -1).every((p) => p.finish === undefined)).toBe(true);
    expect(['stop', 'length']).toContain(pieces.at(-1)?.finish);
    for (const p of pieces) if (p.token) expect(p.token.logProb).toBeLessThanOrEqual(0);
  });
  it('draws the same with one seed', async () => {
    const options = { temperature: 1.5, seed: 3, maxTokens: 24 };
    expect((await run(options)).text).toBe((await run(options)).text);
    expect((await run({ ...options, seed: 4 })).text).not.toBe((await run(options)).text);
  });
  it('ends before a stop string, also one that spans tokens, and never shows a part of it', async () => {
    const { text } = await run({ temperature: 1, seed: 8, maxTokens: 30 });
    const at = 5;
    const stop = text.slice(at, at + 3);
    const first = text.indexOf(stop);
    const stopped = await run({ temperature: 1, seed: 8, maxTokens: 30, stop: [stop, 'never to be found'] });
    expect(stopped.text).toBe(text.slice(0, first));
    expect(stopped.pieces.at(-1)?.finish).toBe('stop');
  });
  it('stops at the limit and where the context ends', async () => {
    const { pieces } = await run({ maxTokens: 3, temperature: 1, seed: 8 });
    expect(pieces.filter((p) => p.token)).toHaveLength(3);
    const long = await run({ maxTokens: 1000, temperature: 1, seed: 8 });
    expect(long.pieces.filter((p) => p.token).length).toBeLessThanOrEqual(60);
  });
  it('stops when aborted, and refuses prompts and options that cannot work', async () => {
    const stop = new AbortController();
    const seen: Piece[] = [];
    await expect(async () => {
      for await (const p of generateTokens(decoder, tokenizer, prompt, { maxTokens: 30, temperature: 1, seed: 8, signal: stop.signal })) {
        seen.push(p);
        if (seen.length === 2) stop.abort();
      }
    }).rejects.toThrow(/abort/i);
    expect(seen).toHaveLength(2);
    await expect(generateTokens(decoder, tokenizer, { ids: new Int32Array(64) }, {}).next()).rejects.toThrow(
      /the prompt fills the context: expected fewer than 64 tokens, got 64/,
    );
    await expect(run({ maxTokens: 0 })).rejects.toThrow(/maxTokens is out of range/);
    await expect(run({ stop: '' })).rejects.toThrow(/stop string is empty/);
  });
});

describe('boxes in text', () => {
  it('reads well-formed ones and leaves the rest', () => {
    expect(parseBoxes('the dog [0.1, 0.2,0.5,0.75] and [.0,.1,1,1], not [0.5,0,0.1,1] or [2,3,4,5]')).toEqual([
      [0.1, 0.2, 0.5, 0.75],
      [0, 0.1, 1, 1],
    ]);
    expect(parseBoxes('')).toEqual([]);
  });
});
