// Cohen's kappa against worked examples.

import { expect, test } from 'vitest';
import { kappa } from './kappa.js';

const pairs = (table: readonly (readonly number[])[]): [number, number][] =>
  table.flatMap((row, a) => row.flatMap((n, b) => Array.from({ length: n }, (): [number, number] => [a, b])));

test('a table worked by hand', () => {
  // 20 both yes, 15 both no, 5 and 10 apart: 0.7 observed, 0.5 by chance.
  const found = kappa(pairs([[20, 5], [10, 15]])); // biome-ignore format: a table
  expect(found.value).toBeCloseTo(0.4);
  expect(found.n).toBe(50);
  expect(found.low).toBeCloseTo(0.4 - (1.959964 * Math.sqrt((0.7 * 0.3) / 50)) / 0.5);
});

test('full agreement, full disagreement, and raters who always say one thing', () => {
  expect(kappa(pairs([[5, 0], [0, 5]])).value).toBe(1); // biome-ignore format: a table
  expect(kappa(pairs([[0, 5], [5, 0]])).value).toBe(-1); // biome-ignore format: a table
  expect(kappa(pairs([[5, 0], [0, 0]]))).toMatchObject({ value: 0, low: -1, high: 1 }); // biome-ignore format: a table
  expect(kappa([])).toMatchObject({ value: 0, n: 0 });
});
