// k-means: rows of features in groups that are alike (Lloyd 1982, begun as k-means++, Arthur and Vassilvitskii 2007).

import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';

/** Groups of rows. */
export interface Clusters {
  /** The group of each row. */
  labels: Int32Array;
  centers: Float64Array[];
  /** Sum of squared distances to the centers. */
  inertia: number;
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
};

/** Rows in `k` groups; the same seed gives the same groups. Errors: `data.option` for a `k` below 1 or above the number of rows. */
export function kMeans(
  rows: readonly ArrayLike<number>[],
  k: number,
  { seed = 0, rounds = 100 }: { seed?: number; rounds?: number } = {},
): Clusters {
  if (!Number.isSafeInteger(k) || k < 1 || k > rows.length)
    throw new SensoriumError('data.option', 'there cannot be so many clusters', {
      place: 'k',
      expected: `1 to ${rows.length}`,
      got: String(k),
    });
  const rng = new Rng(seed).fork('kmeans');
  const centers = [Float64Array.from(rng.pick(rows))];
  const nearest = Float64Array.from(rows, (row) => distance(row, centers[0] as Float64Array));
  while (centers.length < k) {
    const chosen = Float64Array.from(
      rows[nearest.every((d) => d === 0) ? rng.int(rows.length) : rng.weighted(nearest)] as ArrayLike<number>,
    );
    centers.push(chosen);
    for (const [i, row] of rows.entries()) nearest[i] = Math.min(nearest[i] as number, distance(row, chosen));
  }
  const labels = new Int32Array(rows.length).fill(-1);
  let inertia = 0;
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    inertia = 0;
    for (const [i, row] of rows.entries()) {
      let [best, least] = [0, Number.POSITIVE_INFINITY];
      for (const [c, center] of centers.entries()) {
        const d = distance(row, center);
        if (d < least) [best, least] = [c, d];
      }
      changed ||= labels[i] !== best;
      labels[i] = best;
      inertia += least;
    }
    if (!changed) break;
    for (const [c, center] of centers.entries()) {
      const own = rows.filter((_, i) => labels[i] === c);
      if (own.length === 0) continue; // a center that lost all its rows stays where it is
      center.fill(0);
      for (const row of own) for (let j = 0; j < center.length; j++) center[j] = (center[j] as number) + (row[j] as number) / own.length;
    }
  }
  return { labels, centers, inertia };
}
