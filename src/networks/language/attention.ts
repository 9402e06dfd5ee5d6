// Self-attention of the decoder-only families: the projections, and causal attention over whole sequences.

import {
  and,
  arange,
  attention,
  causalMask,
  constant,
  equal,
  less,
  lessEqual,
  repeatHeads,
  sub,
  type Tensor,
  where,
} from '../../graph/index.js';
import { type init, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../nn/index.js';
import type { SequenceContext } from '../parts.js';
import type { Adapted, Attended } from './adapted.js';
import type { DecoderConfig } from './config.js';
import { type Rotation, ropeTable, rotator, tablesByLayer } from './rope.js';

/** How a block attends: over the whole sequence (training) or over a cache (generation). q, k, v: [batch, n, heads*d], not rotated. */
export interface AttentionStrategy {
  /** int32 [batch, n]: where each token stands in its sequence, for models that add positions to embeddings. */
  positions?(): Tensor;
  attend(q: Tensor, k: Tensor, v: Tensor, layer: number): Attended;
}

export interface AttentionTraits {
  /** Biases on queries, keys and values. */
  qkvBias?: boolean;
  /** A bias on the output projection. */
  outBias?: boolean;
  /** RMSNorm over each head of queries and keys (Qwen3). */
  qkNorm?: boolean;
  /** Norms of another make, for hidden states and heads. */
  rmsNorm?: typeof RmsNorm;
}

/** q, k, v and o projections, with norms on the heads of q and k where the family has them. */
export class SelfAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  q_norm?: RmsNorm;
  k_norm?: RmsNorm;
  constructor(
    readonly c: DecoderConfig,
    { qkvBias = false, outBias = false, qkNorm = false, rmsNorm: Norm = RmsNorm }: AttentionTraits,
    outInit: ReturnType<typeof init.fanIn>,
  ) {
    super();
    const [q, kv] = [c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim];
    this.q_proj = new Linear(c.hidden_size, q, { bias: qkvBias });
    this.k_proj = new Linear(c.hidden_size, kv, { bias: qkvBias });
    this.v_proj = new Linear(c.hidden_size, kv, { bias: qkvBias });
    this.o_proj = new Linear(q, c.hidden_size, { bias: outBias, init: outInit });
    if (!qkNorm) return;
    this.q_norm = new Norm(c.head_dim, c.rms_norm_eps);
    this.k_norm = new Norm(c.head_dim, c.rms_norm_eps);
  }

  /** x: [batch, n, width] -> the same. */
  forward(x: Tensor, strategy: AttentionStrategy, adapted: Adapted): Tensor {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = this.c;
    const { project, context } = adapted;
    const [q, k, v] = [project('q_proj', this.q_proj, x), project('k_proj', this.k_proj, x), project('v_proj', this.v_proj, x)];
    const normed = [this.eachHead(q, heads, this.q_norm), this.eachHead(k, kvHeads, this.k_norm)] as const;
    return project('o_proj', this.o_proj, adapted.attended(strategy.attend(...normed, v, context.layer), this));
  }

  eachHead(x: Tensor, heads: number, norm: RmsNorm | undefined): Tensor {
    if (!norm) return x;
    return norm.forward(x.reshape([x.dim(0), x.dim(1), heads, this.c.head_dim])).reshape(x.shape);
  }
}

export interface SequenceOptions extends SequenceContext {
  /** int32 [batch, n], or [kinds, batch, n] where tokens have several (`trainingPositions`); 0, 1, 2, … by default. */
  positions?: Tensor;
  /** Angles of another kind than `positions` has: `sectionedRotation`. */
  rotation?: Rotation;
}

/**
 * How many tokens a token of this layer sees, itself included; undefined for all. `layer_types` says which layers look through a window,
 * or `max_window_layers` from where on (Qwen2), or all do (Mistral).
 */
export function windowOf(c: DecoderConfig, layer: number): number | undefined {
  if (!c.sliding_window || c.use_sliding_window === false) return undefined;
  const within = c.layer_types ? c.layer_types[layer] === 'sliding_attention' : layer >= (c.max_window_layers ?? 0);
  return within ? c.sliding_window : undefined;
}

/** What attention scores are multiplied by. */
export const scoreScale = (c: DecoderConfig): number => 1 / Math.sqrt(c.query_pre_attn_scalar ?? c.head_dim);

/** Causal attention over whole sequences of `n` tokens. */
export function wholeSequence(
  c: DecoderConfig,
  batch: number,
  n: number,
  { rotation, positions, segments }: SequenceOptions = {},
): AttentionStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = c;
  const places = (): Tensor =>
    positions ?? constant({ dtype: 'int32', shape: [batch, n], data: Int32Array.from({ length: batch * n }, (_, i) => i % n) });
  const rotate = rotator(c, rotation ?? { at: places(), table: tablesByLayer(c, (rope) => ropeTable(rope, n)) });
  const masks = new Map<number | undefined, Tensor>();
  const maskFor = (window: number | undefined): Tensor => {
    const mask = masks.get(window) ?? maskOf(n, window, segments);
    masks.set(window, mask);
    return mask;
  };
  return {
    positions: places,
    attend: (q, k, v, layer) => {
      const mask = maskFor(windowOf(c, layer));
      const [Q, K, V] = [rotate(splitHeads(q, heads), layer), rotate(splitHeads(k, kvHeads), layer), splitHeads(v, kvHeads)];
      const groups = heads / kvHeads;
      const out = attention(Q, repeatHeads(K, groups), repeatHeads(V, groups), { mask, scale: scoreScale(c) });
      return { out: mergeHeads(out), heads: () => ({ q: Q, out, scale: scoreScale(c) }) };
    },
  };
}

/** bool, the shapes of int32 `query` and `key` broadcast: keys that are not after the query, and fewer than `window` before it. */
export function visible(query: Tensor, key: Tensor, window: number | undefined): Tensor {
  const causal = lessEqual(key, query);
  return window === undefined ? causal : and(causal, less(sub(query, key), window));
}

/** Additive mask, [n, n] or with segments [batch, 1, n, n]: causal, within a window and within a segment where there are such. */
function maskOf(n: number, window: number | undefined, segments: Tensor | undefined): Tensor {
  if (!segments && !window) return causalMask(n);
  const order = arange(n);
  const among = visible(order.reshape([n, 1]), order.reshape([1, n]), window);
  if (!segments) return where(among, 0, -1e9);
  const b = segments.size(0);
  return where(and(equal(segments.reshape([b, 1, n, 1]), segments.reshape([b, 1, 1, n])), among), 0, -1e9);
}
