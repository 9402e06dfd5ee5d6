// Attention over caches that grow by concatenation: the decoder as other runtimes expect it, with standard operators alone.

import { add, and, arange, cast, concat, equal, input, repeatHeads, sub, sum, type Tensor, where, zeros } from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { visible, windowOf } from './attention.js';
import { type CacheStrategy, ropeTableForCache } from './cache.js';
import { cappedScores } from './capped.js';
import type { DecoderConfig } from './config.js';
import { type Rotation, rotator, tablesByLayer } from './rope.js';

/** Names of the dimensions; transformers.js looks for the first one by name, the rest are optimum's. */
const BATCH = 'batch_size';
const NEW = 'sequence_length';
const PAST = 'past_sequence_length';
/** Past and new tokens together, as joining them names it. */
export const GROWN = `(${PAST}+${NEW})`;

/**
 * Inputs `attention_mask` int64 [batch, past + new] (0 where a token is padding), `position_ids` int64 [batch, new] and
 * `past_key_values.LAYER.key` and `.value` [batch, heads, past, d]; outputs `present.LAYER.key` and `.value`, each longer by the new tokens.
 * Rows may be padded on either side. `rotation` is for tokens that have several positions; then it has the input `position_ids`, if any.
 */
export function growingCache(c: DecoderConfig, rotation?: Rotation): CacheStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = c;
  const table = tablesByLayer(c, (rope) => ropeTableForCache(rope, c.max_position_embeddings));
  const rotate = rotator(c, rotation ?? { at: input('position_ids', [BATCH, NEW], 'int64'), table });
  const real = equal(cast(input('attention_mask', [BATCH, GROWN], 'int64'), 'int32'), 1).reshape([BATCH, 1, 1, GROWN]);
  const past = sub(sum(add(zeros([GROWN], 'int32'), 1)), sum(add(zeros([NEW], 'int32'), 1)));
  const keys = arange(GROWN).reshape([1, GROWN]);
  const queries = add(arange(NEW), past).reshape([NEW, 1]);
  const masks = new Map<number | undefined, Tensor>();
  const maskFor = (window: number | undefined): Tensor => {
    const mask = masks.get(window) ?? where(and(visible(queries, keys, window), real), 0, -1e9); // [batch, 1, new, past + new]
    masks.set(window, mask);
    return mask;
  };
  const outputs: Record<string, Tensor> = {};
  return {
    outputs,
    attend: (q, k, v, layer) => {
      const grown = (what: 'key' | 'value', fresh: Tensor): Tensor => {
        const joined = concat([input(`past_key_values.${layer}.${what}`, [BATCH, kvHeads, PAST, head_dim]), fresh], 2);
        outputs[`present.${layer}.${what}`] = joined;
        return repeatHeads(joined, heads / kvHeads);
      };
      const Q = rotate(splitHeads(q, heads), layer);
      const K = grown('key', rotate(splitHeads(k, kvHeads), layer));
      const V = grown('value', splitHeads(v, kvHeads));
      const weights = cappedScores(c, Q, K)
        .add(maskFor(windowOf(c, layer)))
        .softmax();
      return { out: mergeHeads(weights.matMul(V)) };
    },
  };
}
