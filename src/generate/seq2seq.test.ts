// Encoder-decoders beyond greedy decoding: beams, ranked options and batches of questions, of a T5 alone and under BLIP-2 and InstructBLIP.

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../media/index.js';
import { t5Folder } from '../serve/testing.js';
import { type Content, Mllm } from './mllm.js';
import type { Prompt } from './policy.js';

const families = join(resolve(import.meta.dirname, '../..'), 'test/golden/families');
let t5: string;
beforeAll(async () => {
  t5 = await t5Folder();
});
afterAll(() => rm(t5, { recursive: true, force: true }));

/** A picture of its own for each number. */
function picture(k: number, width = 32, height = 32): RgbImage {
  const data = new Uint8Array(width * height * 3).map((_, i) => (i * 7 + k * 61 + (i % (k + 3)) * 40) % 256);
  return { width, height, data };
}

const MODELS: [name: string, dir: () => string, sees: boolean][] = [
  ['a T5 alone', () => t5, false],
  ['BLIP-2 over a T5', () => join(families, 'blip-2/t5-every-layer'), true],
  ['InstructBLIP over a T5', () => join(families, 'instructblip/t5'), true],
];

describe.each(MODELS)('%s', (_, dir, sees) => {
  let model: Mllm;
  let content: Content;
  let prompt: Prompt;
  beforeAll(async () => {
    model = await Mllm.load(dir());
    content = [...(sees ? [{ type: 'image' as const, source: picture(1) as never }] : []), 'a red dog and a cup'];
    const parts = content.map((part) => (typeof part === 'string' ? { type: 'text' as const, text: part } : { ...part }));
    prompt = await model.encode([{ role: 'user', content: parts }]);
  });
  afterAll(() => model.dispose());

  /** Log-probabilities of ids behind the prompt, token by token. */
  async function stepped(ids: readonly number[]): Promise<number[]> {
    const policy = await model.policy();
    const rows = await policy.start([prompt]);
    let { logits } = rows;
    const out: number[] = [];
    for (const id of ids) {
      out.push((logits.at(0)[id] as number) - logits.logSum(0));
      logits = await policy.step(rows, [id]);
    }
    return out;
  }
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

  it('finds with beams replies that are as probable as it says, each another, the best first', async () => {
    const options = { maxTokens: 6, ignoreEos: true };
    const greedy = await model.generate(content, options);
    const one = await model.generate(content, { ...options, beams: 1 });
    expect(one.tokens.map(({ id }) => id)).toEqual(greedy.tokens.map(({ id }) => id));
    const { sequences = [], text, tokens } = await model.generate(content, { ...options, beams: 4, returnSequences: 4, lengthPenalty: 1 });
    expect([text, tokens]).toEqual([sequences[0]?.text, sequences[0]?.tokens]);
    expect(new Set(sequences.map((found) => found.tokens.map(({ id }) => id).join())).size).toBe(4);
    for (const [i, { score, tokens }] of sequences.entries()) {
      const logProbs = await stepped(tokens.map(({ id }) => id));
      expect(score).toBeCloseTo(total(logProbs) / logProbs.length, 3);
      for (const [t, { logProb }] of tokens.entries()) expect(logProb).toBeCloseTo(logProbs[t] as number, 3);
      if (i > 0) expect(score).toBeLessThanOrEqual(sequences[i - 1]?.score as number);
    }
    const alone = await stepped(greedy.tokens.map(({ id }) => id));
    expect(sequences[0]?.score).toBeGreaterThanOrEqual(total(alone) / alone.length - 1e-4);
  });

  it('ranks options by their log-probability as replies, summed or as a mean', async () => {
    const options = ['a red dog', 'a red cup', 'dog', 'a red dog and a cup'];
    const ids = options.map((option) => [...model.tokenizer.encode(option)]);
    expect(ids.every((option) => option.length > 0)).toBe(true);
    const scores: number[] = [];
    for (const option of ids) scores.push(total(await stepped(option)));
    for (const normalize of ['sum', 'mean'] as const) {
      const ranked = await model.rank(content, options, { normalize });
      const wanted = (index: number): number => (scores[index] as number) / (normalize === 'mean' ? (ids[index] as number[]).length : 1);
      expect(ranked.map(({ index }) => index)).toEqual([0, 1, 2, 3].sort((a, b) => wanted(b) - wanted(a)));
      for (const { index, score } of ranked) expect(score).toBeCloseTo(wanted(index), 3);
    }
  });

  it('answers many questions at once as it answers each', async () => {
    const asked = [
      { image: picture(1), question: 'a red dog' },
      { image: picture(2, 40, 24), question: 'a red dog and a cup and a dog and a red cup' },
      { image: picture(1), question: 'a' },
    ];
    const options = { maxTokens: 8, ignoreEos: true };
    if (!sees) return expect(model.answer(asked, options)).rejects.toMatchObject({ code: 'model.modality' });
    const alone: string[] = [];
    for (const { image, question } of asked)
      alone.push((await model.generate([{ type: 'image', source: image as never }, question], options)).text);
    expect(await model.answer(asked, options)).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(1);
  });
});
