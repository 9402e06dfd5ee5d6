// Attention of tokens some of which see what comes after them: images and prefixes that are read both ways (Gemma 3, PaliGemma).

import { add, and, arange, equal, greater, input, less, or, repeatHeads, sub, type Tensor, where } from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { type AttentionStrategy, type SequenceOptions, scoreScale, visible, windowOf } from './attention.js';
import { type CacheStrategy, overCache } from './cache.js';
import { cappedAttention } from './capped.js';
import type { DecoderConfig } from './config.js';
import { ropeTable, rotator, tablesByLayer } from './rope.js';

/**
 * Kinds of positions of a token in these decoders: its place, and the place behind the last token that it sees, or its own place again
 * where it sees nothing that comes after it.
 */
export const REACHING = 2;

/** How far tokens reach: through the layer's window, or to the end of what is read both ways, whatever the window (PaliGemma). */
export type Reach = 'window' | 'whole';

/** How many places the end of what each token sees is after it, out of positions [2, batch, n]: int32 [batch, n]. */
function aheadOf(positions: Tensor): Tensor {
  const kind = (i: number): Tensor => positions.slice({ axis: 0, start: i, end: i + 1 }).squeeze(0);
  return sub(kind(1), kind(0));
}

/** bool: which keys are seen. `ahead` as `aheadOf` gives it, of the shape of `query`. */
function seen(query: Tensor, key: Tensor, o: { window: number | undefined; ahead: Tensor; reach: Reach }): Tensor {
  const { window, ahead, reach } = o;
  const both = and(greater(ahead, 0), less(key, add(query, ahead)));
  const within = window === undefined || reach === 'whole' ? both : and(both, less(sub(query, key), window));
  return or(visible(query, key, window), within);
}

/** `wholeSequence` for positions [2, batch, n]; with those of one kind, or none, tokens see what is before them. */
export function reachingSequence(
  c: DecoderConfig,
  [batch, n]: readonly [number, number],
  { positions, segments }: SequenceOptions,
  reach: Reach,
): AttentionStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = c;
  const order = arange(n);
  const several = positions?.shape.length === 3;
  const ahead = several ? aheadOf(positions).reshape([batch, 1, n, 1]) : undefined;
  const first = several ? positions.slice({ axis: 0, end: 1 }).squeeze(0) : positions;
  const places = first ?? order.reshape([1, n]).expand([batch, n]);
  const rotate = rotator(c, { at: places, table: tablesByLayer(c, (rope) => ropeTable(rope, n)) });
  const [query, key] = [order.reshape([1, 1, n, 1]), order.reshape([1, 1, 1, n])];
  const same = segments && equal(segments.reshape([batch, 1, n, 1]), segments.reshape([batch, 1, 1, n]));
  const masks = new Map<number | undefined, Tensor>();
  const maskFor = (window: number | undefined): Tensor => {
    const made = masks.get(window);
    if (made) return made;
    const among = ahead ? seen(query, key, { window, ahead, reach }) : visible(query, key, window);
    const mask = where(same ? and(same, among) : among, 0, -1e9);
    masks.set(window, mask);
    return mask;
  };
  return {
    positions: () => places,
    attend: (q, k, v, layer) => {
      const groups = heads / kvHeads;
      const [Q, K] = [rotate(splitHeads(q, heads), layer), rotate(splitHeads(k, kvHeads), layer)];
      const out = cappedAttention(c, [Q, repeatHeads(K, groups), repeatHeads(splitHeads(v, kvHeads), groups)], maskFor(windowOf(c, layer)));
      return { out: mergeHeads(out), heads: () => ({ q: Q, out, scale: scoreScale(c) }) };
    },
  };
}

/** `overCache` with the input `positions`, int32 [2, batch, seq]. What a token sees after it must come in the same step. */
export function reachingCache(c: DecoderConfig, capacity: number, reach: Reach): CacheStrategy {
  const column = (x: Tensor): Tensor => x.reshape(['batch', 1, 'seq', 1]);
  const ahead = column(aheadOf(input('positions', [REACHING, 'batch', 'seq'], 'int32')));
  return overCache(c, capacity, undefined, (rows, window) =>
    where(seen(column(rows.positions), rows.order, { window, ahead, reach }), 0, -1e9),
  );
}
