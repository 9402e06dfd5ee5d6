// Causal attention over caches of keys and values: by ONNX Runtime's fused kernel, or from ordinary operators for the head sizes that it refuses.

import {
  add,
  arange,
  cachedAttention,
  cast,
  cumSum,
  equal,
  input,
  type RotaryTable,
  repeatHeads,
  sub,
  sum,
  type Tensor,
  where,
  zeros,
} from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type AttentionStrategy, scoreScale, visible, windowOf } from './attention.js';
import { cappedAttention } from './capped.js';
import type { DecoderConfig } from './config.js';
import { type LayerTables, type RopeConfig, type Rotation, ropeTable, rotator, tablesByLayer } from './rope.js';

/** A strategy over caches, with the updated caches as further outputs of the graph: `present.LAYER.key` and `.value`. */
export interface CacheStrategy extends AttentionStrategy {
  outputs: Record<string, Tensor>;
}

/** The head sizes that ONNX Runtime's GroupQueryAttention takes are multiples of this. */
const FUSED_HEAD = 16;

let fuses = true;

/**
 * Builds graphs that attend to caches by ordinary operators alone. ONNX Runtime's WebGPU kernel of GroupQueryAttention is wrong for steps of 32
 * tokens and more on adapters such as SwiftShader: logits are off by 1 where those of 24 tokens agree to 6e-6.
 */
export function withoutFusedAttention<T>(build: () => T): T {
  fuses = false;
  try {
    return build();
  } finally {
    fuses = true;
  }
}

/**
 * Attention over a cache of up to `capacity` positions; named dimensions `batch`, `seq`, `capacity`; inputs `lengths`, `total`, `past.*`.
 * Tokens are turned by their place in the cache, or by a `rotation` for [batch, seq]. `mask` is for tokens that see other ones than those before
 * them: of a layer's window, additive, [batch, 1, seq, capacity].
 */
export function overCache(c: DecoderConfig, capacity: number, rotation?: Rotation, mask?: RowsMask): CacheStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = c;
  const tables = tablesByLayer(c, (rope) => ropeTableForCache(rope, capacity));
  if (!fuses || head_dim % FUSED_HEAD !== 0 || mask || c.attn_logit_softcapping) return plainCache(c, rotation ?? tables, mask);
  const rotate = rotation && rotator(c, rotation);
  const rotated = (x: Tensor, count: number, layer: number): Tensor => (rotate ? mergeHeads(rotate(splitHeads(x, count), layer)) : x);
  const lengths = input('lengths', ['batch'], 'int32');
  const total = input('total', [], 'int32');
  const outputs: Record<string, Tensor> = {};
  return {
    outputs,
    positions: () => stepPositions(lengths, total),
    attend: (q, k, v, layer) => {
      const cache = (what: string): Tensor => input(`past.${layer}.${what}`, ['batch', kvHeads, 'capacity', head_dim]);
      const [Q, K] = [rotated(q, heads, layer), rotated(k, kvHeads, layer)];
      const r = cachedAttention(
        { q: Q, k: K, v, pastKey: cache('key'), pastValue: cache('value'), lengths, total },
        rotate ? undefined : tables(layer),
        {
          heads,
          kvHeads,
          scale: scoreScale(c),
          window: windowOf(c, layer),
        },
      );
      outputs[`present.${layer}.key`] = r.key;
      outputs[`present.${layer}.value`] = r.value;
      // The fused operator turns the queries inside; adapters that act on attention are given their own copy of them.
      const turn = rotate ?? rotator(c, { at: stepPositions(lengths, total), table: tables });
      return { out: r.out, heads: () => ({ q: turn(splitHeads(q, heads), layer), out: splitHeads(r.out, heads), scale: scoreScale(c) }) };
    },
  };
}

/**
 * The table for a cache of `capacity` positions. Dynamic scaling turns keys by an angle that depends on the length of the whole text,
 * so keys in a cache go stale once it outgrows the model's own context. Errors: `model.rope`.
 */
export function ropeTableForCache(c: RopeConfig, capacity: number): RotaryTable {
  if (c.rope_scaling?.rope_type === 'dynamic' && capacity > c.max_position_embeddings)
    throw new SensoriumError('model.rope', 'a cache cannot be longer than the context when rotary positions scale with the length', {
      place: 'rope_scaling',
      expected: `a capacity of at most ${c.max_position_embeddings}`,
      got: String(capacity),
      hint: "Give a smaller capacity, or set rope_scaling to 'yarn' or 'linear' in config.json",
    });
  return ropeTable(c, capacity);
}

/**
 * The same inputs, outputs and results as the fused path. Every step goes over the whole capacity instead of the part that is filled:
 * right for small models, slow for long contexts.
 */
function plainCache(c: DecoderConfig, angles: LayerTables | Rotation, mask: RowsMask = (rows, window) => rows.mask(window)): CacheStrategy {
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
      const out = cappedAttention(c, [Q, repeatHeads(K, groups), repeatHeads(V, groups)], mask(rows, windowOf(c, layer)));
      return { out: mergeHeads(out), heads: () => ({ q: Q, out, scale: scoreScale(c) }) };
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

/** Which keys the new rows of a layer with this window see: additive, [batch, 1, seq, capacity]. */
export type RowsMask = (rows: NewRows, window: number | undefined) => Tensor;

/** int32 [batch, seq]: positions of the new tokens of a step, from the inputs of `newRows`. */
function stepPositions(lengths: Tensor, total: Tensor): Tensor {
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
  const order = arange('capacity');
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
