// The LLaMA family: RMSNorm, RoPE, SwiGLU, grouped-query attention, optional QKV bias; blocks take extensions.

import { z } from 'zod';
import {
  and,
  attention,
  cachedAttention,
  causalMask,
  constant,
  equal,
  greaterEqual,
  input,
  type RotaryTable,
  repeatHeads,
  rotary,
  rotaryTable,
  type Tensor,
  where,
} from '../../graph/index.js';
import { Embedding, init, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import type { BlockContext, BlockExtension, Projection } from '../parts.js';

/** `config.json` of LlamaForCausalLM (and of Qwen2 when `attention_bias` is set). */
export const llamaConfig = z.object({
  model_type: z.literal('llama').default('llama'),
  architectures: z.array(z.string()).default(['LlamaForCausalLM']),
  vocab_size: z.number().int().positive(),
  hidden_size: z.number().int().positive(),
  intermediate_size: z.number().int().positive(),
  num_hidden_layers: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  num_key_value_heads: z.number().int().positive(),
  head_dim: z.number().int().positive(),
  max_position_embeddings: z.number().int().positive().default(2048),
  rms_norm_eps: z.number().positive().default(1e-5),
  rope_theta: z.number().positive().default(10000),
  attention_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
  hidden_act: z.literal('silu').default('silu'),
  bos_token_id: z.number().int().nullish(),
  eos_token_id: z.number().int().nullish(),
  pad_token_id: z.number().int().nullish(),
});
export type LlamaConfig = z.infer<typeof llamaConfig>;

/** How a block attends: over the whole sequence (training) or over a cache (generation). q, k, v: [batch, n, heads*d], not rotated. */
export interface AttentionStrategy {
  attend(q: Tensor, k: Tensor, v: Tensor, layer: number): { out: Tensor; heads?: { q: Tensor; out: Tensor } };
}

class LlamaAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  constructor(c: LlamaConfig) {
    super();
    const [q, kv] = [c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim];
    this.q_proj = new Linear(c.hidden_size, q, { bias: c.attention_bias });
    this.k_proj = new Linear(c.hidden_size, kv, { bias: c.attention_bias });
    this.v_proj = new Linear(c.hidden_size, kv, { bias: c.attention_bias });
    this.o_proj = new Linear(q, c.hidden_size, { bias: false, init: residualInit(c) });
  }
}
class LlamaMlp extends Module {
  gate_proj: Linear;
  up_proj: Linear;
  down_proj: Linear;
  constructor(c: LlamaConfig) {
    super();
    this.gate_proj = new Linear(c.hidden_size, c.intermediate_size, { bias: false });
    this.up_proj = new Linear(c.hidden_size, c.intermediate_size, { bias: false });
    this.down_proj = new Linear(c.intermediate_size, c.hidden_size, { bias: false, init: residualInit(c) });
  }
}
/** Branches that add to the residual stream start smaller, by the depth (GPT-2). */
const residualInit = (c: LlamaConfig) => init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers));

/** LlamaDecoderLayer: attention and feed-forward around a residual stream, open to extensions. */
export class LlamaBlock extends Module {
  self_attn: LlamaAttention;
  mlp: LlamaMlp;
  input_layernorm: RmsNorm;
  post_attention_layernorm: RmsNorm;
  /** Filled by recipes; empty in the plain model. */
  extensions: BlockExtension[] = [];
  constructor(c: LlamaConfig) {
    super();
    this.self_attn = new LlamaAttention(c);
    this.mlp = new LlamaMlp(c);
    this.input_layernorm = new RmsNorm(c.hidden_size, c.rms_norm_eps);
    this.post_attention_layernorm = new RmsNorm(c.hidden_size, c.rms_norm_eps);
  }

  /** x: [batch, n, width] -> [batch, n, width]. */
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      let h = x;
      for (const e of this.extensions) if (e.before) h = e.before(h, context);
      h = h.add(this.attend(this.input_layernorm.forward(h), strategy, context));
      const normed = this.post_attention_layernorm.forward(h);
      let feed = (y: Tensor): Tensor => this.feedForward(y, context);
      for (const e of this.extensions) {
        const plain = feed;
        if (e.feedForward) feed = (y) => (e.feedForward as NonNullable<BlockExtension['feedForward']>)(y, plain, context);
      }
      return h.add(feed(normed));
    });
  }

  private project(name: Projection, linear: Linear, x: Tensor, context: BlockContext): Tensor {
    let y = linear.forward(x);
    for (const e of this.extensions) if (e.project) y = e.project(name, linear, x, y, context);
    return y;
  }

  private attend(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    const { q_proj, k_proj, v_proj, o_proj } = this.self_attn;
    const [q, k, v] = [
      this.project('q_proj', q_proj, x, context),
      this.project('k_proj', k_proj, x, context),
      this.project('v_proj', v_proj, x, context),
    ];
    const { out, heads } = strategy.attend(q, k, v, context.layer);
    let y = out;
    for (const e of this.extensions) {
      if (!e.attend) continue;
      if (!heads)
        throw new SensoriumError('models.extension', 'an extension that acts on attention cannot run in cached decoding', {
          place: this.path,
          got: e.constructor.name,
          hint: 'Run whole sequences, or write the extension with before, project or feedForward',
        });
      y = y.add(mergeHeads(e.attend(heads.q, heads.out, context)));
    }
    return this.project('o_proj', o_proj, y, context);
  }

  private feedForward(x: Tensor, context: BlockContext): Tensor {
    const { gate_proj, up_proj, down_proj } = this.mlp;
    const gate = this.project('gate_proj', gate_proj, x, context).silu();
    return this.project('down_proj', down_proj, gate.mul(this.project('up_proj', up_proj, x, context)), context);
  }
}

class LlamaBody extends Module {
  embed_tokens: Embedding;
  layers: LlamaBlock[];
  norm: RmsNorm;
  constructor(c: LlamaConfig) {
    super();
    this.embed_tokens = new Embedding(
      c.vocab_size,
      c.hidden_size,
      init.normal(c.tie_word_embeddings ? 1 / Math.sqrt(c.hidden_size) : 0.02),
    );
    this.layers = Array.from({ length: c.num_hidden_layers }, () => new LlamaBlock(c));
    this.norm = new RmsNorm(c.hidden_size, c.rms_norm_eps);
  }
}

export interface SequenceOptions {
  /** int32 [batch, n]; 0, 1, 2, … by default. */
  positions?: Tensor;
  /** int32 [batch, n]: tokens attend only within their own segment (packed documents). */
  segments?: Tensor;
  imageMask?: Tensor;
  media?: Tensor;
}

/** LlamaForCausalLM. */
export class Llama extends Module {
  model: LlamaBody;
  lm_head?: Linear;
  constructor(readonly config: LlamaConfig) {
    super();
    this.model = new LlamaBody(config);
    if (!config.tie_word_embeddings) this.lm_head = new Linear(config.hidden_size, config.vocab_size, { bias: false });
  }

  get width(): number {
    return this.config.hidden_size;
  }

  /** ids: int [batch, n] -> [batch, n, width]. */
  embed(ids: Tensor): Tensor {
    return this.model.embed_tokens.forward(ids);
  }

  /** Hidden states after the last norm. x: [batch, n, width] -> the same. */
  hidden(x: Tensor, strategy: AttentionStrategy, options: Omit<SequenceOptions, 'positions' | 'segments'> = {}): Tensor {
    return this.trace(() => {
      let h = x;
      this.model.layers.forEach((block, layer) => {
        h = block.forward(h, strategy, { layer, imageMask: options.imageMask, media: options.media });
      });
      return this.model.norm.forward(h);
    });
  }

  /** hidden: [..., width] -> logits [..., vocab]. */
  logits(hidden: Tensor): Tensor {
    return this.trace(() => (this.lm_head ? this.lm_head.forward(hidden) : hidden.matMul(this.model.embed_tokens.weight.transpose())));
  }

  /** Whole sequences with fixed shapes: embeddings [batch, n, width] -> hidden states. */
  sequence(x: Tensor, options: SequenceOptions = {}): Tensor {
    return this.hidden(x, this.wholeSequence(x.size(0), x.size(1), options), options);
  }

  private table(positions: number): RotaryTable {
    return rotaryTable(positions, this.config.head_dim, this.config.rope_theta);
  }

  /** Causal attention over a whole sequence of `n` tokens. */
  wholeSequence(batch: number, n: number, { positions, segments }: SequenceOptions = {}): AttentionStrategy {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = this.config;
    const table = this.table(n);
    const at =
      positions ??
      constant(
        hostTensor(
          'int32',
          [batch, n],
          Int32Array.from({ length: batch * n }, (_, i) => i % n),
        ),
      );
    const mask = segments ? segmentMask(segments, n) : causalMask(n);
    return {
      attend: (q, k, v) => {
        const [Q, K, V] = [rotary(splitHeads(q, heads), at, table), rotary(splitHeads(k, kvHeads), at, table), splitHeads(v, kvHeads)];
        const groups = heads / kvHeads;
        const out = attention(Q, repeatHeads(K, groups), repeatHeads(V, groups), { mask, scale: 1 / Math.sqrt(head_dim) });
        return { out: mergeHeads(out), heads: { q: Q, out } };
      },
    };
  }

  /** Attention over a cache of up to `capacity` positions; named dimensions `batch`, `seq`, `capacity`. Returns the strategy with its inputs and outputs. */
  overCache(capacity: number): AttentionStrategy & { outputs: Record<string, Tensor> } {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = this.config;
    const table = this.table(capacity);
    const lengths = input('lengths', ['batch'], 'int32');
    const total = input('total', [], 'int32');
    const outputs: Record<string, Tensor> = {};
    return {
      outputs,
      attend: (q, k, v, layer) => {
        const cache = (what: string): Tensor => input(`past.${layer}.${what}`, ['batch', kvHeads, 'capacity', head_dim]);
        const r = cachedAttention({ q, k, v, pastKey: cache('key'), pastValue: cache('value'), lengths, total }, table, {
          heads,
          kvHeads,
          scale: 1 / Math.sqrt(head_dim),
        });
        outputs[`present.${layer}.key`] = r.key;
        outputs[`present.${layer}.value`] = r.value;
        return { out: r.out };
      },
    };
  }
}

/** [batch, 1, n, n] additive mask: causal, and only within a segment. */
function segmentMask(segments: Tensor, n: number): Tensor {
  const b = segments.size(0);
  const order = constant(
    hostTensor(
      'int32',
      [n],
      Int32Array.from({ length: n }, (_, i) => i),
    ),
  );
  const causal = greaterEqual(order.reshape([n, 1]), order.reshape([1, n]));
  const same = equal(segments.reshape([b, 1, n, 1]), segments.reshape([b, 1, 1, n]));
  return where(and(same, causal), 0, -1e9);
}

export interface LlamaOptions {
  width: number;
  layers: number;
  heads: number;
  kvHeads?: number;
  /** Feed-forward width; 8/3 of the width rounded up to a multiple of 32 by default. */
  feedForward?: number;
  vocabSize?: number;
  positions?: number;
  tied?: boolean;
  qkvBias?: boolean;
}
/** A LLaMA-family language model by its sizes; the vocabulary size is filled in from the tokenizer when left out. */
export function llama(o: LlamaOptions): {
  kind: 'llama';
  options: LlamaOptions;
  config(vocabSize?: number): LlamaConfig;
  build(vocabSize?: number): Llama;
} {
  const config = (vocabSize?: number): LlamaConfig =>
    llamaConfig.parse({
      vocab_size: o.vocabSize ?? vocabSize,
      hidden_size: o.width,
      intermediate_size: o.feedForward ?? Math.ceil((o.width * 8) / 3 / 32) * 32,
      num_hidden_layers: o.layers,
      num_attention_heads: o.heads,
      num_key_value_heads: o.kvHeads ?? o.heads,
      head_dim: o.width / o.heads,
      max_position_embeddings: o.positions ?? 512,
      tie_word_embeddings: o.tied ?? true,
      attention_bias: o.qkvBias ?? false,
    });
  return { kind: 'llama', options: o, config, build: (v) => new Llama(config(v)) };
}
