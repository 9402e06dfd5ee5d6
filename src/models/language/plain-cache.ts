// Cached attention from ordinary operators, for the head sizes that ONNX Runtime's fused kernel refuses.

import {
  add,
  attention,
  cast,
  cumSum,
  equal,
  input,
  lessEqual,
  type RotaryTable,
  repeatHeads,
  rotary,
  sub,
  sum,
  type Tensor,
  where,
  zeros,
} from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import type { CacheStrategy } from './attention.js';
import type { DecoderConfig } from './config.js';

/**
 * The same inputs, outputs and results as the fused path. Every step goes over the whole capacity instead of the part that is filled:
 * right for small models, slow for long contexts. A past cache is read by one product alone, so it may share memory with the present one.
 */
export function plainCache(c: DecoderConfig, table: RotaryTable): CacheStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = c;
  const rows = newRows();
  const outputs: Record<string, Tensor> = {};
  return {
    outputs,
    attend: (q, k, v, layer) => {
      const updated = (what: 'key' | 'value', fresh: Tensor): Tensor => {
        const past = input(`past.${layer}.${what}`, ['batch', kvHeads, 'capacity', head_dim]);
        const present = add(past.mul(rows.kept), rows.write.matMul(fresh)); // exact: each row is one times a number plus zeros
        outputs[`present.${layer}.${what}`] = present;
        return present;
      };
      const K = updated('key', rotary(splitHeads(k, kvHeads), rows.positions, table));
      const V = updated('value', splitHeads(v, kvHeads));
      const Q = rotary(splitHeads(q, heads), rows.positions, table);
      const groups = heads / kvHeads;
      const out = attention(Q, repeatHeads(K, groups), repeatHeads(V, groups), { mask: rows.mask, scale: 1 / Math.sqrt(head_dim) });
      return { out: mergeHeads(out) };
    },
  };
}

/** Where the new tokens of a step go, from GroupQueryAttention's two inputs: `lengths` (tokens after it, less one) and `total`. */
function newRows(): { positions: Tensor; write: Tensor; kept: Tensor; mask: Tensor } {
  const lengths = input('lengths', ['batch'], 'int32');
  const total = input('total', [], 'int32');
  const each = add(zeros(['batch', 'seq'], 'int32'), 1);
  const count = sum(each, 1); // [batch]: the tokens of this step, padding included
  // A first prompt is as long as its longest row; shorter rows are padded on the right. Later steps have no padding.
  const past = where(equal(count, total), 0, sub(add(lengths, 1), count));
  const positions = add(past.reshape(['batch', 1]), sub(cumSum(each, 1), 1)); // [batch, seq]
  const order = sub(cumSum(add(zeros(['capacity'], 'int32'), 1), 0), 1); // 0, 1, 2, …
  const places = cast(equal(positions.reshape(['batch', 'seq', 1]), order), 'float32'); // [batch, seq, capacity]
  return {
    positions,
    write: places.transpose().unsqueeze(1), // [batch, 1, capacity, seq]
    kept: sub(1, sum(places, 1)).reshape(['batch', 1, 'capacity', 1]),
    mask: where(lessEqual(order, positions.reshape(['batch', 1, 'seq', 1])), 0, -1e9), // [batch, 1, seq, capacity]
  };
}
