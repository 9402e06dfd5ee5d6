// Cached attention from ordinary operators: for the head sizes that ONNX Runtime's fused kernel refuses, and for scores with a bias.

import { add, attention, cast, cumSum, equal, input, repeatHeads, sub, sum, type Tensor, where, zeros } from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { counted, visible } from '../counted.js';
import type { CacheStrategy } from './attention.js';
import { type DecoderConfig, scoreScale, windowOf } from './config.js';
import { type LayerTables, rotator } from './layer-rope.js';
import type { Rotation } from './rope.js';

/**
 * The same inputs, outputs and results as the fused path. Every step goes over the whole capacity instead of the part that is filled:
 * right for small models, slow for long contexts.
 */
export function plainCache(c: DecoderConfig, angles: LayerTables | Rotation): CacheStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = c;
  const rows = newRows();
  const rotate = rotator(c, typeof angles === 'function' ? { at: rows.positions, table: angles } : angles);
  const outputs: Record<string, Tensor> = {};
  return {
    outputs,
    positions: () => rows.positions,
    attend: (q, k, v, layer) => {
      const K = writeRows(rows, `${layer}.key`, rotate(splitHeads(k, kvHeads), layer), outputs);
      const V = writeRows(rows, `${layer}.value`, splitHeads(v, kvHeads), outputs);
      const Q = rotate(splitHeads(q, heads), layer);
      const groups = heads / kvHeads;
      const out = attention(Q, repeatHeads(K, groups), repeatHeads(V, groups), {
        mask: rows.mask(windowOf(c, layer)),
        scale: scoreScale(c),
      });
      return { out: mergeHeads(out) };
    },
  };
}

/** Where the new tokens of a step stand, in a cache of the named size `capacity`. */
export interface NewRows {
  /** int32 [batch, seq]: positions of the new tokens. */
  positions: Tensor;
  /** int32 [capacity]: 0, 1, 2, … */
  order: Tensor;
  /** [batch, 1, capacity, seq]: one where the token goes to the position. */
  write: Tensor;
  /** [batch, 1, capacity, 1]: one where the cache keeps what it holds. */
  kept: Tensor;
  /** [batch, 1, seq, capacity], additive: each token sees itself and what comes before, `window` tokens in all. */
  mask(window?: number): Tensor;
}

/** int32 [batch, seq]: positions of the new tokens of a step, from the inputs of `newRows`. */
export function stepPositions(lengths: Tensor, total: Tensor): Tensor {
  const each = add(zeros(['batch', 'seq'], 'int32'), 1);
  const count = sum(each, 1); // [batch]: the tokens of this step, padding included
  // A first prompt is as long as its longest row; shorter rows are padded on the right. Later steps have no padding.
  const past = where(equal(count, total), 0, sub(add(lengths, 1), count));
  return add(past.reshape(['batch', 1]), sub(cumSum(each, 1), 1));
}

/** From GroupQueryAttention's two inputs: `lengths` (int32 [batch], tokens after this step, less one) and `total` (the largest, whole). */
export function newRows(): NewRows {
  const lengths = input('lengths', ['batch'], 'int32');
  const total = input('total', [], 'int32');
  const positions = stepPositions(lengths, total);
  const order = counted('capacity');
  const places = cast(equal(positions.reshape(['batch', 'seq', 1]), order), 'float32'); // [batch, seq, capacity]
  return {
    positions,
    order,
    write: places.transpose().unsqueeze(1),
    kept: sub(1, sum(places, 1)).reshape(['batch', 1, 'capacity', 1]),
    mask: (window) => where(visible(positions.reshape(['batch', 1, 'seq', 1]), order, window), 0, -1e9),
  };
}

/**
 * The cache `past.NAME` with the new rows written: [batch, heads, capacity, d], also put among `outputs` as `present.NAME`.
 * fresh: [batch, heads, seq, d]. The past is read by one product alone, so it may share its memory with the present.
 */
export function writeRows(rows: NewRows, name: string, fresh: Tensor, outputs: Record<string, Tensor>): Tensor {
  const past = input(`past.${name}`, ['batch', fresh.size(1), 'capacity', fresh.size(3)]);
  const present = add(past.mul(rows.kept), rows.write.matMul(fresh)); // exact: each row is one times a number plus zeros
  outputs[`present.${name}`] = present;
  return present;
}
