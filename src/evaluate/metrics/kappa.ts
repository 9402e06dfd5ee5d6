// Cohen's kappa: how far two raters agree beyond what their habits alone would give; weighted where categories are ordered.

import { SensoriumError } from '../../util/errors.js';
import { bootstrap, type Interval } from './resample.js';

/** How much two different categories disagree: any as much (`none`), by their distance (`linear`), or by its square (`quadratic`). */
export type KappaWeights = 'none' | 'linear' | 'quadratic';

/** Most categories: of the intervals, every pair of them is a count. */
const MOST = 50;

/** Disagreement of categories i and j of k, from 0 to 1. */
function disagreement(weights: KappaWeights, i: number, j: number, k: number): number {
  if (weights === 'none') return i === j ? 0 : 1;
  const distance = Math.abs(i - j) / Math.max(1, k - 1);
  return weights === 'linear' ? distance : distance * distance;
}

/**
 * Kappa of a table of counts, row by row: 1 minus the observed over the expected disagreement (Cohen 1960; weighted, Cohen 1968). Where both
 * raters only ever used one and the same category, nothing could have disagreed and kappa is 0.
 */
export function kappaOf(table: readonly number[], k: number, weights: KappaWeights = 'none'): number {
  const [rows, columns] = [new Float64Array(k), new Float64Array(k)];
  let [n, observed] = [0, 0];
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      const count = table[i * k + j] as number;
      n += count;
      observed += count * disagreement(weights, i, j, k);
      rows[i] = (rows[i] as number) + count;
      columns[j] = (columns[j] as number) + count;
    }
  let expected = 0;
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) expected += (rows[i] as number) * (columns[j] as number) * disagreement(weights, i, j, k);
  return n === 0 || expected === 0 ? 0 : 1 - (observed * n) / expected;
}

/**
 * Kappa of two raters over the same items, with the 95 % interval of the bootstrap over the items. `categories`: all of them, in their order
 * where `weights` is not `none`. Errors: `evaluate.agreement` for lists of unequal length, and for a rating that is not a category.
 */
export function cohenKappa<T extends string | number>(
  a: readonly T[],
  b: readonly T[],
  { categories, weights = 'none', seed = 0 }: { categories: readonly T[]; weights?: KappaWeights; seed?: number },
): Interval {
  const k = categories.length;
  const fail = (expected: string, got: string): never => {
    throw new SensoriumError('evaluate.agreement', 'agreement cannot be computed', { expected, got });
  };
  if (k > MOST) fail(`at most ${MOST} categories`, String(k));
  if (a.length !== b.length) fail(`${a.length} ratings of each rater`, String(b.length));
  const place = new Map(categories.map((category, i) => [category, i]));
  const at = (rating: T): number => place.get(rating) ?? fail(categories.join(', '), String(rating));
  const cells = a.map((rating, i) => {
    const counts = new Array<number>(k * k).fill(0);
    counts[at(rating) * k + at(b[i] as T)] = 1;
    return counts;
  });
  if (cells.length === 0) return { value: 0, low: -1, high: 1, n: 0 };
  const [found] = bootstrap(cells, (table) => [kappaOf(table, k, weights)], seed);
  return cells.length < 2 ? { ...(found as Interval), low: -1 } : (found as Interval);
}
