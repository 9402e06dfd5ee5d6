// Paired tests: known values, symmetry, bad input.

import { describe, expect, test } from 'vitest';
import { mcnemar, pairedDifference } from './paired.js';

const split = (onlyA: number, onlyB: number, both: number) => {
  const a = [...Array(onlyA).fill(true), ...Array(onlyB).fill(false), ...Array(both).fill(true)];
  const b = [...Array(onlyA).fill(false), ...Array(onlyB).fill(true), ...Array(both).fill(true)];
  return [a, b] as const;
};

describe('McNemar', () => {
  test('exact p of a binomial', () => {
    // 2 of 10: 2 (1 + 10 + 45) / 1024.
    expect(mcnemar(...split(2, 8, 30))).toEqual({ onlyA: 2, onlyB: 8, n: 40, p: expect.closeTo(112 / 1024, 12) });
    expect(mcnemar(...split(8, 2, 0)).p).toBeCloseTo(112 / 1024, 12);
    expect(mcnemar(...split(0, 0, 5)).p).toBe(1);
    expect(mcnemar(...split(5, 5, 0)).p).toBe(1);
    expect(mcnemar(...split(0, 20, 0)).p).toBeCloseTo(2 ** -19, 12);
    // Beyond the range of doubles term by term.
    expect(mcnemar(...split(900, 1100, 0)).p).toBeCloseTo(8.59e-6, 6);
  });
  test('runs over other rows are refused', () => {
    expect(() => mcnemar([true], [])).toThrow(expect.objectContaining({ code: 'evaluate.paired' }));
    expect(() => pairedDifference([1], [])).toThrow(expect.objectContaining({ code: 'evaluate.paired' }));
  });
});

describe('difference of means', () => {
  test('equal runs do not differ', () => {
    expect(pairedDifference([0.1, 0.9], [0.1, 0.9])).toEqual({ difference: 0, low: 0, high: 0, p: 1, n: 2 });
    expect(pairedDifference([], [])).toEqual({ difference: 0, low: 0, high: 0, p: 1, n: 0 });
  });
  test('a steady gain is found, noise is not, and the draw is seeded', () => {
    const a = Array.from({ length: 200 }, (_, i) => ((i * 37) % 100) / 100);
    const better = pairedDifference(
      a,
      a.map((x, i) => x + (i % 4 === 0 ? 0.2 : 0.01)),
    );
    expect(better.difference).toBeCloseTo(0.0575, 10);
    expect(better.low).toBeGreaterThan(0.04);
    expect(better.high).toBeLessThan(0.08);
    expect(better.p).toBeLessThan(0.001);
    const noise = pairedDifference(
      a,
      a.map((x, i) => x + (i % 2 ? 0.1 : -0.1)),
    );
    expect(noise.p).toBeGreaterThan(0.9);
    expect(noise.low).toBeLessThan(0);
    expect(noise.high).toBeGreaterThan(0);
    expect(pairedDifference(a, [...a].reverse(), { seed: 1, samples: 200 })).toEqual(
      pairedDifference(a, [...a].reverse(), { seed: 1, samples: 200 }),
    );
  });
  test('with few rows the p is that of all swaps', () => {
    // Of 8 ways to swap three equal gains two are as extreme.
    expect(pairedDifference([0, 0, 0], [1, 1, 1]).p).toBeCloseTo(0.25, 1);
  });
});
