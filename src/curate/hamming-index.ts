// Pairs of 64-bit hashes that differ in few bits, found without comparing all of them (multi-index hashing, Norouzi et al. 2012).

import { popcount } from './image-hash.js';

/** Parts of a hash; each is an index into a table of its own. */
const PARTS = 4;
const PART_BITS = 16;
const BUCKETS = 2 ** PART_BITS;

/** Masks of at most `radius` of 16 bits, nothing first. */
function masksOf(radius: number): number[] {
  let masks = [0];
  let last = [0];
  for (let n = 1; n <= radius; n++) {
    const next: number[] = [];
    for (const mask of last) for (let bit = 0; bit < PART_BITS; bit++) if (mask < 1 << bit) next.push(mask | (1 << bit));
    last = next;
    masks = masks.concat(next);
  }
  return masks;
}

const partOf = (high: number, low: number, part: number): number => ((part < 2 ? high : low) >>> (part % 2 === 0 ? 16 : 0)) & 0xffff;

/**
 * Calls `near` for every pair of the given rows (the earlier one first) whose hashes differ in at most `distance` bits; may call it more than
 * once for a pair. Exact: two such hashes agree in one of four parts but for a quarter of the bits. `skip` says that a pair need not be
 * looked at. Memory: 4 bytes a row and 256 KiB.
 */
export function nearHashes(
  rows: ArrayLike<number>,
  {
    high,
    low,
    distance,
    skip,
    near,
  }: { high: Uint32Array; low: Uint32Array; distance: number; skip(a: number, b: number): boolean; near(a: number, b: number): void },
): void {
  const masks = masksOf(Math.floor(distance / PARTS));
  const starts = new Uint32Array(BUCKETS + 1);
  const order = new Uint32Array(rows.length);
  for (let part = 0; part < PARTS; part++) {
    // Rows sorted by this part, each bucket in the order of the rows.
    starts.fill(0);
    const partAt = (row: number): number => partOf(high[row] as number, low[row] as number, part);
    for (let i = 0; i < rows.length; i++) {
      const bucket = partAt(rows[i] as number) + 1;
      starts[bucket] = (starts[bucket] as number) + 1;
    }
    for (let b = 0; b < BUCKETS; b++) starts[b + 1] = (starts[b + 1] as number) + (starts[b] as number);
    const fill = starts.slice(0, BUCKETS);
    for (let i = 0; i < rows.length; i++) {
      const bucket = partAt(rows[i] as number);
      order[fill[bucket] as number] = rows[i] as number;
      fill[bucket] = (fill[bucket] as number) + 1;
    }
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const own = partAt(row);
      for (const mask of masks) {
        const bucket = own ^ mask;
        for (let at = starts[bucket] as number; at < (starts[bucket + 1] as number); at++) {
          const other = order[at] as number;
          if (other >= row) break;
          const bits = popcount((high[row] as number) ^ (high[other] as number)) + popcount((low[row] as number) ^ (low[other] as number));
          if (bits <= distance && !skip(other, row)) near(other, row);
        }
      }
    }
  }
}
