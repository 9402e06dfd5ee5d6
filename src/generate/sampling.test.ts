// Sampling: greedy, seeds, top-k, top-p, log-probabilities, and refusals.

import { describe, expect, it } from 'vitest';
import { argMax, logSumExp, Sampler, topChoices } from './sampling.js';

const logits = Float32Array.from([1, 3, 2, -1, 3]);
const draw = (options: ConstructorParameters<typeof Sampler>[0], n = 2000): Map<number, number> => {
  const sampler = new Sampler(options);
  const counts = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const { id } = sampler.choose(logits);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
};

describe('sampling', () => {
  it('is greedy by default, the first of equals', () => {
    expect(argMax(logits)).toBe(1);
    expect(draw({}, 5)).toEqual(new Map([[1, 5]]));
  });
  it('reports the log-probability under the untouched logits', () => {
    const total = Array.from(logits).reduce((s, v) => s + Math.exp(v), 0);
    expect(logSumExp(logits)).toBeCloseTo(Math.log(total), 6);
    expect(new Sampler({ temperature: 0.3, topK: 1 }).choose(logits)).toEqual({ id: 1, logProb: 3 - logSumExp(logits) });
    expect(logSumExp(Float32Array.from([1000, 1000]))).toBeCloseTo(1000 + Math.LN2, 4);
  });
  it('draws in proportion to exp(logit / temperature)', () => {
    const counts = draw({ temperature: 2, seed: 5 }, 20_000);
    const weights = Array.from(logits, (v) => Math.exp(v / 2));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const [id, w] of weights.entries()) expect((counts.get(id) ?? 0) / 20_000).toBeCloseTo(w / sum, 1);
  });
  it('draws the same with the same seed and differently with another', () => {
    const series = (seed: number): number[] => {
      const s = new Sampler({ temperature: 1, seed });
      return Array.from({ length: 50 }, () => s.choose(logits).id);
    };
    expect(series(1)).toEqual(series(1));
    expect(series(1)).not.toEqual(series(2));
  });
  it('keeps the k best, and the smallest set that reaches top-p', () => {
    expect([...draw({ temperature: 5, topK: 2 }).keys()].sort()).toEqual([1, 4]);
    expect([...draw({ temperature: 5, topP: 1e-6 }).keys()]).toEqual([1]);
    const p = Array.from(logits, (v) => Math.exp(v));
    const both = (p[1] as number) + (p[4] as number);
    expect([...draw({ temperature: 1, topP: (both / p.reduce((a, b) => a + b, 0)) * 0.999 }).keys()].sort()).toEqual([1, 4]);
  });
  it('refuses what makes no sense, naming the option', () => {
    expect(() => new Sampler({ temperature: -1 })).toThrow(/temperature is out of range/);
    expect(() => new Sampler({ topK: 0 })).toThrow(/topK is out of range/);
    expect(() => new Sampler({ topP: 1.5 })).toThrow(/topP is out of range/);
  });
});

describe('the likeliest tokens', () => {
  it('come in order of probability, equals in order of ids, as many as there are', () => {
    expect(topChoices(logits, 3).map((c) => c.id)).toEqual([1, 4, 2]);
    expect(topChoices(logits, 99).map((c) => c.id)).toEqual([1, 4, 2, 0, 3]);
    expect(topChoices(logits, 2)[1]?.logProb).toBeCloseTo(3 - logSumExp(logits), 12);
    expect(topChoices(logits, 0)).toEqual([]);
  });
});
