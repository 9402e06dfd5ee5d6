// Rows of the tokens before each token: for layers that mix a few neighbors by a short convolution in place of attention (LFM2).

import { add, cast, concat, equal, sub, type Tensor, where, zeros } from '../../graph/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { AttentionStrategy, SequenceOptions } from './attention.js';
import { type CacheStrategy, newRows, writeRows } from './cache.js';

/** A strategy that also remembers rows of a layer. */
export interface RecentStrategy extends AttentionStrategy {
  /** x: [batch, n, width] -> for k = 1 … `count` what the k-th token before each had, of its own sequence; zeros before its beginning. */
  recent(x: Tensor, count: number, layer: number): Tensor[];
}

/** The strategy as one that remembers. Errors: `model.extension` where it cannot, as in graphs of other runtimes. */
export function remembering(strategy: AttentionStrategy, path: string): RecentStrategy {
  if ('recent' in strategy) return strategy as RecentStrategy;
  throw new SensoriumError('model.extension', 'a short convolution cannot run in this kind of graph', {
    place: path,
    hint: 'Run it in training or cached decoding',
  });
}

/** Adds `recent` to a strategy over whole sequences. segments: int32 [batch, n], where several share a row. */
export function recentInSequence(strategy: AttentionStrategy, { segments }: Pick<SequenceOptions, 'segments'>): RecentStrategy {
  /** Moved back by k along the second axis, its beginning filled with zeros. */
  const moved = (x: Tensor, k: number): Tensor => {
    const n = x.size(1);
    const filling = zeros([x.dim(0), Math.min(k, n), ...x.shape.slice(2)], x.dtype);
    return k >= n ? filling : concat([filling, x.slice({ axis: 1, end: n - k })], 1);
  };
  // Numbers of segments from 1, so that what was filled in belongs to none.
  const numbers = segments && add(segments, 1);
  return {
    ...strategy,
    recent: (x, count) =>
      Array.from({ length: count }, (_, i) => {
        const before = moved(x, i + 1);
        return numbers ? where(equal(moved(numbers, i + 1), numbers).unsqueeze(2), before, 0) : before;
      }),
  };
}

/**
 * Adds `recent` to a strategy over caches: the rows of a layer are kept at their places, as `past.LAYER.key` [batch, 1, capacity, width], so
 * that what is done with keys (prefixes kept, rows moved, guesses taken back) holds for them too. Each step goes over the whole capacity.
 */
export function recentInCache(strategy: CacheStrategy): CacheStrategy & RecentStrategy {
  const rows = newRows();
  return {
    ...strategy,
    recent: (x, count, layer) => {
      const kept = writeRows(rows, `${layer}.key`, x.unsqueeze(1), strategy.outputs).squeeze(1); // [batch, capacity, width]
      return Array.from({ length: count }, (_, i) => {
        const at = cast(equal(sub(rows.positions, i + 1).reshape(['batch', 'seq', 1]), rows.order), 'float32');
        return at.matMul(kept);
      });
    },
  };
}
