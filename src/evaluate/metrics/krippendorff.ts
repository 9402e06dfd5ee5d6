// Krippendorff's alpha: agreement of any number of raters, some of whom may have left items out.

import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import type { Interval } from './resample.js';

/** What ratings are: names without an order, places in an order, or numbers whose differences mean something. */
export type Measurement = 'nominal' | 'ordinal' | 'interval';

/** The most different values of ratings: work grows with their square. */
const MOST = 200;
/** Resamples of the interval. */
const SAMPLES = 1000;

/** Pairs of values that stand together in one item, weighted so that every rating counts once. */
function coincidences(units: readonly (readonly number[])[], k: number): { table: Float64Array; totals: Float64Array; n: number } {
  const table = new Float64Array(k * k);
  const totals = new Float64Array(k);
  let n = 0;
  for (const values of units) {
    const m = values.length;
    if (m < 2) continue;
    n += m;
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    for (const [a, x] of counts) {
      totals[a] = (totals[a] as number) + x;
      for (const [b, y] of counts) table[a * k + b] = (table[a * k + b] as number) + (x * (a === b ? y - 1 : y)) / (m - 1);
    }
  }
  return { table, totals, n };
}

/** Squared difference of two values; of ordinal ones, by how many ratings lie between them. */
function difference(measurement: Measurement, a: number, b: number, values: readonly number[], totals: Float64Array): number {
  if (a === b) return 0;
  if (measurement === 'nominal') return 1;
  if (measurement === 'interval') return ((values[a] as number) - (values[b] as number)) ** 2;
  let between = -((totals[a] as number) + (totals[b] as number)) / 2;
  for (let g = Math.min(a, b); g <= Math.max(a, b); g++) between += totals[g] as number;
  return between ** 2;
}

function alphaOf(units: readonly (readonly number[])[], values: readonly number[], measurement: Measurement): number {
  const k = values.length;
  const { table, totals, n } = coincidences(units, k);
  let [observed, expected] = [0, 0];
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) {
      const d = difference(measurement, a, b, values, totals);
      observed += (table[a * k + b] as number) * d;
      expected += (totals[a] as number) * (totals[b] as number) * d;
    }
  return n < 2 || expected === 0 ? 0 : 1 - ((n - 1) * observed) / expected;
}

/**
 * Alpha over items, each with the ratings it was given by whoever rated it, in numbers (Krippendorff 2004); items with fewer than two are
 * left out. 95 % interval by the bootstrap over items. 0 where all ratings are equal: nothing could have disagreed. `n` counts the items.
 * Errors: `evaluate.agreement` for more than 200 different values.
 */
export function krippendorffAlpha(ratings: readonly (readonly number[])[], measurement: Measurement, seed = 0): Interval {
  const paired = ratings.filter((values) => values.length > 1);
  const values = [...new Set(paired.flat())].sort((a, b) => a - b);
  if (values.length > MOST)
    throw new SensoriumError('evaluate.agreement', 'agreement cannot be computed', {
      expected: `at most ${MOST} different ratings`,
      got: String(values.length),
    });
  const place = new Map(values.map((value, i) => [value, i]));
  const units = paired.map((item) => item.map((value) => place.get(value) as number));
  const n = units.length;
  const value = alphaOf(units, values, measurement);
  if (n < 2) return { value, low: -1, high: 1, n };
  const rng = new Rng(`alpha/${seed}`);
  const drawn = Float64Array.from({ length: SAMPLES }, () =>
    alphaOf(
      units.map(() => units[rng.int(n)] as number[]),
      values,
      measurement,
    ),
  ).sort();
  return { value, low: drawn[Math.round(0.025 * (SAMPLES - 1))] as number, high: drawn[Math.round(0.975 * (SAMPLES - 1))] as number, n };
}
