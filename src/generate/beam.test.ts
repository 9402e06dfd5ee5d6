// Beams against an exhaustive search over all short replies, one beam against greedy, the stopping rules, and constraints on every beam.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llama } from '../networks/index.js';
import { DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS, Tokenizer, trainByteLevelBpe } from '../text/index.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { type BeamOptions, beamSearch } from './beam.js';
import { Decoder } from './decoder.js';
import { type GenerateOptions, generateTokens } from './tokens.js';

const tokenizer = Tokenizer.fromJson(
  trainByteLevelBpe(['a red dog and a blue cup'], { vocabSize: 270, specialTokens: [...SPECIAL_TOKENS] }),
  DEFAULT_TOKENIZER_CONFIG,
);
const end = tokenizer.specialIds.eos as number;
const network = llama({ width: 32, layers: 2, heads: 2, vocabSize: tokenizer.vocabSize, positions: 48 }).build().nameParameters();
let decoder: Decoder;
beforeAll(async () => {
  const rng = new Rng(6);
  const values = new Map(
    network.parameters().map((p) => {
      const data = new Float32Array(p.count);
      p.init(data, p.dims, rng);
      if (p.dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * 8;
      return [p, hostTensor('float32', p.dims, data)];
    }),
  );
  decoder = await Decoder.create({ network, values });
});
afterAll(() => decoder.dispose());

const prompt = { ids: Int32Array.from([10, 20, 30, 40]) };
/** Leaves three letters and the end, so that all replies can be listed. */
const LETTERS = ['a', 'd', 'p'].map((c) => tokenizer.tokenId(c) as number);
const few: GenerateOptions = {
  suppressTokens: Array.from({ length: tokenizer.vocabSize }, (_, i) => i).filter((i) => i !== end && !LETTERS.includes(i)),
};
const search = (o: GenerateOptions & BeamOptions) => beamSearch(decoder, tokenizer, prompt, o);

/** Log-probabilities after a reply, by a pass of its own over prompt and reply. */
async function logProbs(ids: readonly number[]): Promise<Float32Array> {
  const cache = decoder.cache(1);
  const logits = await decoder.step(cache, { ids: [[...prompt.ids, ...ids]] });
  return logits.data.map((v) => v - (cache.logSums[0] as number));
}

/** Every reply of at most `depth` tokens with its score, best first: those that end, and at full depth those that do not. */
async function everything(depth: number, lengthPenalty: number): Promise<{ ids: number[]; score: number }[]> {
  const out: { ids: number[]; score: number }[] = [];
  const grow = async (ids: number[], sum: number): Promise<void> => {
    const p = await logProbs(ids);
    out.push({ ids, score: (sum + (p[end] as number)) / (ids.length + 1) ** lengthPenalty });
    for (const id of LETTERS) {
      const more = sum + (p[id] as number);
      if (ids.length + 1 === depth) out.push({ ids: [...ids, id], score: more / depth ** lengthPenalty });
      else await grow([...ids, id], more);
    }
  };
  await grow([], 0);
  return out.sort((a, b) => b.score - a.score);
}

describe('beam search', () => {
  it('finds what an exhaustive search finds, in order, when the beams are wide enough', async () => {
    for (const lengthPenalty of [0, 1, 2]) {
      const all = await everything(3, lengthPenalty);
      const found = await search({ ...few, maxTokens: 3, beams: 40, lengthPenalty, earlyStopping: 'never', returnSequences: 10 });
      expect(found.map((f) => f.tokens.map((t) => t.id))).toEqual(all.slice(0, 10).map((a) => a.ids));
      found.forEach((f, i) => {
        expect(f.score).toBeCloseTo((all[i] as { score: number }).score, 4);
      });
    }
  });

  it('equals greedy with one beam, token for token, also with processors and forms', async () => {
    const options: GenerateOptions[] = [
      { maxTokens: 12 },
      { ...few, maxTokens: 12, repetitionPenalty: 1 },
      { maxTokens: 20, noRepeatNgramSize: 1, topLogProbs: 2 },
      { maxTokens: 30, responseFormat: { type: 'regex', pattern: '[a-d]{3}(red|blue) dog' } },
    ];
    for (const o of options) {
      const greedy = [];
      let finish: string | undefined;
      let text = '';
      for await (const piece of generateTokens(decoder, tokenizer, prompt, o)) {
        if (piece.token) greedy.push(piece.token);
        finish = piece.finish;
        text += piece.text;
      }
      const [only] = await search({ ...o, beams: 1 });
      expect(only?.tokens).toEqual(greedy);
      expect([only?.finish, only?.text]).toEqual([finish, text]);
    }
  });

  it('finds no worse replies with more beams than greedy does, and keeps keys and values with their beams', async () => {
    const scores = [];
    for (const beams of [1, 2, 4, 8]) {
      const found = await search({
        ...few,
        suppressTokens: [...(few.suppressTokens ?? []), end],
        maxTokens: 8,
        beams,
        returnSequences: beams,
      });
      expect(new Set(found.map((f) => f.text)).size).toBe(beams);
      for (const f of found) {
        // The sum that the search arrived at is that of a pass over the reply alone: no row was mixed up.
        let sum = 0;
        for (const [i, token] of f.tokens.entries()) sum += (await logProbs(f.tokens.slice(0, i).map((t) => t.id)))[token.id] as number;
        expect(f.score).toBeCloseTo(sum / 8, 3);
        expect(f.tokens.reduce((s, t) => s + t.logProb, 0)).toBeCloseTo(sum, 2);
        expect(f.finish).toBe('length');
      }
      scores.push((found[0] as { score: number }).score);
    }
    expect(Math.max(...scores.slice(1))).toBeGreaterThanOrEqual((scores[0] as number) - 1e-6);
    expect(scores[3]).toBeGreaterThan((scores[0] as number) - 1e-6);
  });

  it('stops early as it is told', async () => {
    const run = async (earlyStopping: BeamOptions['earlyStopping']) =>
      (await search({ ...few, maxTokens: 20, beams: 3, earlyStopping, returnSequences: 3, logitBias: { [end]: 3 } })).map((f) => f.score);
    const [soon, some, never] = [await run(true), await run(false), await run('never')];
    expect(never[0]).toBeGreaterThanOrEqual(some[0] as number);
    expect(some[0]).toBeGreaterThanOrEqual(soon[0] as number);
    expect(soon).toHaveLength(3);
  });

  it('gives every beam the form that is asked for', async () => {
    const schema = { type: 'object', properties: { a: { type: 'boolean' }, b: { enum: ['x', 'y'] } }, required: ['a', 'b'] };
    const found = await search({ maxTokens: 40, beams: 4, returnSequences: 4, responseFormat: { type: 'json_schema', schema } });
    expect(found.map((f) => f.finish)).toEqual(['stop', 'stop', 'stop', 'stop']);
    expect(new Set(found.map((f) => f.text))).toEqual(
      new Set(['{"a":true,"b":"x"}', '{"a":true,"b":"y"}', '{"a":false,"b":"x"}', '{"a":false,"b":"y"}']),
    );
  });

  it('refuses what does not go with beams, and stops when aborted', async () => {
    await expect(search({ beams: 0 })).rejects.toThrow(/beams is out of range/);
    await expect(search({ beams: 2, returnSequences: 3 })).rejects.toThrow(/returnSequences is out of range.*expected 1 to beams \(2\)/);
    await expect(search({ beams: 2, temperature: 1 })).rejects.toThrow(/temperature.*not drawn/);
    await expect(search({ beams: 2, stop: 'x' })).rejects.toThrow(/stop is out of range/);
    await expect(search({ beams: 2, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await expect(beamSearch(decoder, tokenizer, { ids: new Int32Array(48) }, { beams: 2 })).rejects.toThrow(/the prompt fills the context/);
  });
});
