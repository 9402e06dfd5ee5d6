// Where a prompt may be cut whose tokens see what comes after them: images and prefixes that are read both ways are computed whole.

import { type CausalDecoder, REACHING } from '../networks/index.js';

/** For each token of a prompt the place behind the last one that it sees, or its own; undefined where all see what is before them. positions: [kinds, n]. */
export function reachOf(
  { positionKinds }: Pick<CausalDecoder, 'positionKinds'>,
  positions: Int32Array | undefined,
): Int32Array | undefined {
  return positionKinds === REACHING ? positions?.subarray(positions.length / 2) : undefined;
}

/** The first place from `end` on that no token between `start` and it sees across. */
export function cutAfter(reach: Int32Array | undefined, start: number, end: number): number {
  let to = end;
  if (reach) for (let i = start; i < Math.min(to, reach.length); i++) to = Math.max(to, reach[i] as number);
  return to;
}

/** How many of the first `n` tokens come before any that sees beyond them: what of a common beginning is common in keys and values too. */
export function settledWithin(reach: Int32Array | undefined, n: number): number {
  const across = reach?.subarray(0, n).findIndex((end) => end > n) ?? -1;
  return across < 0 ? n : across;
}
