// Which rows are held out of training: a pure function of the seed.

import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';

/** Rows to train on, in the order of the data, and rows that are held out. */
export interface SplitRows {
  train: Int32Array;
  held: Int32Array;
}

/** Draws the held-out rows: a share of `count` below 1, else their number. Throws `train.option` where nothing would be left. */
export function splitRows(count: number, { share, seed }: { share: number; seed: number }): SplitRows {
  const wanted = share < 1 ? Math.round(share * count) : share;
  if (!Number.isFinite(wanted) || share < 0 || !Number.isInteger(wanted) || wanted >= count)
    throw new SensoriumError('train.option', "'holdout' is out of range", {
      place: 'holdout',
      expected: `a share below 1, or fewer than the ${count} rows`,
      got: String(share),
    });
  const held = new Set<number>();
  const rng = new Rng(seed).fork('holdout');
  while (held.size < wanted) held.add(rng.int(count));
  const rows = Array.from({ length: count }, (_, i) => i);
  return { train: Int32Array.from(rows.filter((i) => !held.has(i))), held: Int32Array.from([...held].sort((a, b) => a - b)) };
}
