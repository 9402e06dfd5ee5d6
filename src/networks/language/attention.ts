// Self-attention of the decoder-only families: the projections, and the two ways to attend (whole sequences, and over a cache).

import { and, attention, cachedAttention, causalMask, constant, equal, input, repeatHeads, type Tensor, where } from '../../graph/index.js';
import { type init, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { counted, visible } from '../counted.js';
import type { BlockContext } from '../parts.js';
import type { Attended, Project } from './adapted.js';
import { type DecoderConfig, scoreScale, windowOf } from './config.js';
import { rotator, tablesByLayer } from './layer-rope.js';
import { plainCache, stepPositions } from './plain-cache.js';
import { type Rotation, ropeTable, ropeTableForCache } from './rope.js';

/** How a block attends: over the whole sequence (training) or over a cache (generation). q, k, v: [batch, n, heads*d], not rotated. */
export interface AttentionStrategy {
  /** int32 [batch, n]: where each token stands in its sequence, for models that add positions to embeddings. */
  positions?(): Tensor;
  attend(q: Tensor, k: Tensor, v: Tensor, layer: number): Attended;
}

/** A strategy over caches, with the updated caches as further outputs of the graph: `present.LAYER.key` and `.value`. */
export interface CacheStrategy extends AttentionStrategy {
  outputs: Record<string, Tensor>;
}

export interface AttentionTraits {
  /** Biases on queries, keys and values. */
  qkvBias?: boolean;
  /** A bias on the output projection. */
  outBias?: boolean;
  /** RMSNorm over each head of queries and keys (Qwen3). */
  qkNorm?: boolean;
  /** Norms of another make, for hidden states and heads. */
  rmsNorm?: (width: number, eps: number) => RmsNorm;
}

/** The norm of most families. */
export const plainNorm = (width: number, eps: number): RmsNorm => new RmsNorm(width, eps);

/** q, k, v and o projections, with norms on the heads of q and k where the family has them. */
export class SelfAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  q_norm?: RmsNorm;
  k_norm?: RmsNorm;
  constructor(
    private readonly c: DecoderConfig,
    { qkvBias = false, outBias = false, qkNorm = false, rmsNorm = plainNorm }: AttentionTraits,
    outInit: ReturnType<typeof init.fanIn>,
  ) {
    super();
    const [q, kv] = [c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim];
    this.q_proj = new Linear(c.hidden_size, q, { bias: qkvBias });
    this.k_proj = new Linear(c.hidden_size, kv, { bias: qkvBias });
    this.v_proj = new Linear(c.hidden_size, kv, { bias: qkvBias });
    this.o_proj = new Linear(q, c.hidden_size, { bias: outBias, init: outInit });
    if (!qkNorm) return;
    this.q_norm = rmsNorm(c.head_dim, c.rms_norm_eps);
    this.k_norm = rmsNorm(c.head_dim, c.rms_norm_eps);
  }

  /** x: [batch, n, width] -> queries, keys and values, [batch, n, heads*d] each. */
  qkv(x: Tensor, project: Project): { q: Tensor; k: Tensor; v: Tensor } {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = this.c;
    const [q, k, v] = [project('q_proj', this.q_proj, x), project('k_proj', this.k_proj, x), project('v_proj', this.v_proj, x)];
    return { q: this.eachHead(q, heads, this.q_norm), k: this.eachHead(k, kvHeads, this.k_norm), v };
  }

  private eachHead(x: Tensor, heads: number, norm: RmsNorm | undefined): Tensor {
    if (!norm) return x;
    return norm.forward(x.reshape([x.dim(0), x.dim(1), heads, this.c.head_dim])).reshape(x.shape);
  }
}

export interface SequenceOptions extends Pick<BlockContext, 'imageMask' | 'media'> {
  /** int32 [batch, n], or [kinds, batch, n] where tokens have several (`trainingPositions`); 0, 1, 2, … by default. */
  positions?: Tensor;
  /** Angles of another kind than `positions` has: `sectionedRotation`. */
  rotation?: Rotation;
  /** int32 [batch, n]: tokens attend only within their own segment (packed documents; padding is a segment of its own). */
  segments?: Tensor;
}

/** Causal attention over whole sequences of `n` tokens. */
export function wholeSequence(
  c: DecoderConfig,
  batch: number,
  n: number,
  { rotation, positions, segments }: SequenceOptions = {},
): AttentionStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = c;
  const places = (): Tensor =>
    positions ??
    constant(
      hostTensor(
        'int32',
        [batch, n],
        Int32Array.from({ length: batch * n }, (_, i) => i % n),
      ),
    );
  const rotate = rotator(c, rotation ?? { at: places(), table: tablesByLayer(c, (rope) => ropeTable(rope, n)) });
  const masks = new Map<number | undefined, Tensor>();
  const maskFor = (window: number | undefined): Tensor => {
    const known = masks.get(window) ?? (segments ? segmentMask(segments, n, window) : window ? windowMask(n, window) : causalMask(n));
    masks.set(window, known);
    return known;
  };
  return {
    positions: places,
    attend: (q, k, v, layer) => {
      const mask = maskFor(windowOf(c, layer));
      const [Q, K, V] = [rotate(splitHeads(q, heads), layer), rotate(splitHeads(k, kvHeads), layer), splitHeads(v, kvHeads)];
      const groups = heads / kvHeads;
      const out = attention(Q, repeatHeads(K, groups), repeatHeads(V, groups), { mask, scale: scoreScale(c) });
      return { out: mergeHeads(out), heads: { q: Q, out } };
    },
  };
}

/** The head sizes that ONNX Runtime's GroupQueryAttention takes are multiples of this. */
const FUSED_HEAD = 16;

/**
 * Attention over a cache of up to `capacity` positions; named dimensions `batch`, `seq`, `capacity`; inputs `lengths`, `total`, `past.*`.
 * Tokens are turned by their place in the cache, or by a `rotation` for [batch, seq].
 */
export function overCache(c: DecoderConfig, capacity: number, rotation?: Rotation): CacheStrategy {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = c;
  const tables = tablesByLayer(c, (rope) => ropeTableForCache(rope, capacity));
  if (head_dim % FUSED_HEAD !== 0) return plainCache(c, rotation ?? tables);
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
      return { out: r.out };
    },
  };
}

/** bool [n, n]: what each of `n` tokens sees of the others. */
function visibleAmong(n: number, window: number | undefined): Tensor {
  const order = counted(n);
  return visible(order.reshape([n, 1]), order.reshape([1, n]), window);
}

/** [n, n] additive mask: causal within a window. */
function windowMask(n: number, window: number): Tensor {
  return where(visibleAmong(n, window), 0, -1e9);
}

/** [batch, 1, n, n] additive mask: causal, and only within a segment (and a window). */
function segmentMask(segments: Tensor, n: number, window: number | undefined): Tensor {
  const b = segments.size(0);
  const same = equal(segments.reshape([b, 1, n, 1]), segments.reshape([b, 1, 1, n]));
  return where(and(same, visibleAmong(n, window)), 0, -1e9);
}
