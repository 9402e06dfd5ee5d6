// Built-in processors against numbers worked by hand, chains of warpers against the sampler, rows that are forked and rolled back, refusals.

import { describe, expect, it } from 'vitest';
import { testTokenizer } from '../../text/testing.js';
import { Rng } from '../../util/rng.js';
import { logSumExp, Sampler, type SamplingOptions } from '../sampling.js';
import * as p from './index.js';

const INF = Number.NEGATIVE_INFINITY;
const context = (ids: number[], promptIds: number[] = []): p.LogitsContext => ({ promptIds, ids, step: ids.length });
const applied = (processor: p.LogitsProcessor, logits: number[], c: p.LogitsContext = context([])): number[] => {
  const data = Float32Array.from(logits);
  processor.process(data, c);
  return [...data];
};

describe('logits processors', () => {
  it('penalise repetition as CTRL does, in prompt and reply, once a token', () => {
    const penalty = new p.RepetitionPenaltyLogitsProcessor(2);
    expect(applied(penalty, [4, -4, 1, 3], context([1, 1], [0]))).toEqual([2, -8, 1, 3]);
    const openai = new p.FrequencyPenaltyLogitsProcessor({ frequency: 1, presence: 0.5 });
    expect(applied(openai, [4, 4, 4], context([1, 1], [0]))).toEqual([4, 1.5, 4]);
  });
  it('forbid n-grams that occurred', () => {
    expect(applied(new p.NoRepeatNGramLogitsProcessor(3), [0, 0, 0, 0], context([2, 0, 1], [0, 1]))).toEqual([0, 0, INF, 0]);
    expect(applied(new p.NoRepeatNGramLogitsProcessor(1), [0, 0, 0], context([2], [0]))).toEqual([INF, 0, INF]);
    expect(applied(new p.NoRepeatNGramLogitsProcessor(3), [0, 0], context([1]))).toEqual([0, 0]);
  });
  it('forbid, favour and force tokens', () => {
    expect(applied(new p.MinNewTokensLengthLogitsProcessor(2, [1]), [0, 0], context([0]))).toEqual([0, INF]);
    expect(applied(new p.MinNewTokensLengthLogitsProcessor(2, [1]), [0, 0], context([0, 0]))).toEqual([0, 0]);
    expect(applied(new p.SuppressTokensLogitsProcessor([1, 99]), [0, 0])).toEqual([0, INF]);
    expect(applied(new p.SuppressTokensAtBeginLogitsProcessor([1]), [0, 0], context([0]))).toEqual([0, 0]);
    const bias = new p.SequenceBiasLogitsProcessor([
      [[0], 2],
      [[1, 2], -3],
    ]);
    expect(applied(bias, [0, 0, 0], context([1]))).toEqual([2, 0, -3]);
    expect(applied(bias, [0, 0, 0], context([], [5, 1]))).toEqual([2, 0, -3]);
    expect(applied(bias, [0, 0, 0], context([0]))).toEqual([2, 0, 0]);
    expect(applied(new p.NoBadWordsLogitsProcessor([[1, 1, 0]]), [0, 0], context([1, 1]))).toEqual([INF, 0]);
    expect(applied(new p.ForceTokensLogitsProcessor([[1, 2]]), [5, 6, 7], context([0]))).toEqual([INF, INF, 7]);
    expect(applied(new p.ForcedEOSTokenLogitsProcessor(2, [0]), [1, 2], context([1]))).toEqual([1, INF]);
    expect(applied(new p.PrefixConstrainedLogitsProcessor(({ step }) => [step]), [1, 2], context([0]))).toEqual([INF, 2]);
    expect(() => applied(new p.PrefixConstrainedLogitsProcessor(() => []), [1])).toThrow(/allows no token/);
  });
  it('warp to the distribution that the sampler draws from', () => {
    const rng = new Rng(1);
    const logits = Array.from({ length: 40 }, () => 3 * rng.normal());
    const chains: [SamplingOptions, p.LogitsProcessor[]][] = [
      [{ topK: 5 }, [new p.TopKLogitsWarper(5)]],
      [{ topP: 0.6 }, [new p.TopPLogitsWarper(0.6)]],
      [{ minP: 0.2 }, [new p.MinPLogitsWarper(0.2)]],
      [{ typicalP: 0.4 }, [new p.TypicalLogitsWarper(0.4)]],
      [{ topK: 9, topP: 0.9, minP: 0.05, typicalP: 0.7 }, [new p.TopKLogitsWarper(9), new p.TopPLogitsWarper(0.9), new p.MinPLogitsWarper(0.05), new p.TypicalLogitsWarper(0.7)]],
    ]; // biome-ignore format: a table
    for (const [options, warpers] of chains) {
      const list = new p.LogitsProcessorList([new p.TemperatureLogitsWarper(1.5), ...warpers]);
      const kept = applied(list, logits).flatMap((v, i) => (v === INF ? [] : [i]));
      const sampler = new Sampler({ temperature: 1.5, seed: 2, ...options });
      const drawn = new Set(Array.from({ length: 3000 }, () => sampler.pick(Float32Array.from(logits))));
      expect([...drawn].sort((a, b) => a - b)).toEqual(kept);
      expect(kept.length).toBeLessThan(40);
    }
  });
  it('refuse what cannot be, by the name of the option', () => {
    expect(() => new p.RepetitionPenaltyLogitsProcessor(0)).toThrow(/repetitionPenalty is out of range/);
    expect(() => new p.NoRepeatNGramLogitsProcessor(1.5)).toThrow(/noRepeatNgramSize/);
    expect(() => p.processorsOf({ logitBias: { [-1]: 1 } }, [])).toThrow(/logitBias/);
    expect(() => p.processorsOf({ logitBias: { 1: Number.NaN } }, [])).toThrow(/logitBias/);
    expect(() => p.processorsOf({ badWordsIds: [[]] }, [])).toThrow(/badWordsIds/);
    expect(() => p.processorsOf({ processors: [{} as p.LogitsProcessor] }, [])).toThrow(/processors is out of range/);
    expect(() => new Sampler({ minP: 2 })).toThrow(/minP/);
    expect(() => new Sampler({ typicalP: 0 })).toThrow(/typicalP/);
  });
});

describe('a row', () => {
  const tokenizer = testTokenizer();
  const rng = new Rng(4);
  const vocab = tokenizer.vocabSize + 3;
  const logits = Array.from({ length: 12 }, () => Float32Array.from({ length: vocab }, () => 2 * rng.normal()));
  const create = (o: p.ChooseOptions) => p.RowChooser.create(tokenizer, [1, 2, 3], o);

  it('draws what the sampler alone draws, where no option changes anything', () => {
    const row = create({ temperature: 1, topP: 0.9, seed: 7 });
    const sampler = new Sampler({ temperature: 1, topP: 0.9, seed: 7 });
    for (const l of logits) expect(row.choose(l)).toEqual(sampler.choose(l));
  });
  it('reports log-probabilities of the untouched logits, the chosen one and the best', () => {
    const l = logits[0] as Float32Array;
    const before = l.slice();
    const best = [...l].map((v, i) => [v, i] as const).sort((a, b) => b[0] - a[0]);
    const banned = (best[0] as [number, number])[1];
    const choice = create({ suppressTokens: [banned], topLogProbs: 3 }).choose(l);
    expect(choice.id).toBe((best[1] as [number, number])[1]);
    expect(choice.logProb).toBeCloseTo((l[choice.id] as number) - logSumExp(l), 6);
    expect(choice.top?.map((t) => t.id)).toEqual(best.slice(0, 3).map(([, i]) => i));
    expect(choice.top?.[1]).toEqual({ id: choice.id, logProb: choice.logProb });
    expect(l).toEqual(before);
    expect(() => create({ topLogProbs: 1000 })).toThrow(/topLogProbs/);
  });
  it('goes on the same after a fork, and after tokens are taken back', () => {
    const options: p.ChooseOptions = {
      temperature: 0,
      repetitionPenalty: 1.5,
      noRepeatNgramSize: 2,
      responseFormat: { type: 'regex', pattern: '[a-z ]{4,40}' },
    };
    const continueFrom = (row: p.RowChooser, at: number): number[] => {
      for (const l of logits.slice(at)) row.accept(row.choose(l).id);
      return [...row.ids];
    };
    const whole = continueFrom(create(options), 0);
    const row = create(options);
    for (const l of logits.slice(0, 5)) row.accept(row.choose(l).id);
    const fork = row.fork();
    const wrong = row.fork();
    for (const l of logits.slice(0, 3)) wrong.accept(wrong.choose(l).id);
    wrong.truncate(5);
    expect(continueFrom(fork, 5)).toEqual(whole);
    expect(continueFrom(wrong, 5)).toEqual(whole);
    expect(row.ids).toHaveLength(5);
    expect(continueFrom(row, 5)).toEqual(whole);
    expect(tokenizer.decode(whole)).toMatch(/^[a-z ]+$/);
  });
  it('never chooses ids beyond the tokenizer or special tokens under a format, ends where it must, and says when options contradict it', () => {
    const row = create({ temperature: 3, seed: 1, responseFormat: { type: 'regex', pattern: 'a{3}' } });
    const flat = new Float32Array(vocab);
    while (!row.ended) row.accept(row.choose(flat).id);
    expect(tokenizer.decode(row.ids)).toBe('aaa');
    expect(row.isEnd(row.choose(flat).id)).toBe(true);
    const torn = create({ minNewTokens: 50, responseFormat: { type: 'regex', pattern: 'a' } });
    torn.accept(torn.choose(flat).id);
    expect(() => torn.choose(flat)).toThrow(/no token is left to choose from.*contradict/);
    const forced = create({ forcedTokens: [[0, tokenizer.encode('b')[0] as number]], responseFormat: { type: 'regex', pattern: 'a' } });
    expect(() => forced.choose(flat)).toThrow(/no token is left/);
    expect(() => create({ responseFormat: { type: 'xml' } as never })).toThrow(/no response format.*'json_schema'/);
  });
  it('applies processors of the user, each request with its own memory', () => {
    const made: number[] = [];
    class Counting implements p.LogitsProcessor {
      process(l: Float32Array, { step }: p.LogitsContext): void {
        l[20 + step] = 100;
      }
      fork(): Counting {
        made.push(1);
        return new Counting();
      }
    }
    const row = create({ processors: [new Counting()] });
    for (const l of logits.slice(0, 4)) row.accept(row.choose(l).id);
    expect(row.ids).toEqual([20, 21, 22, 23]);
    expect(made).toHaveLength(1);
  });
});
