// Persimmon: Fuyu's decoder. One product for queries, keys and values, norms on their heads, half of each head turned, squared ReLU.

import { z } from 'zod';
import { concat, relu, type Tensor } from '../../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../../nn/index.js';
import { isRecord, type Raw } from '../../../util/records.js';
import { Adapted, type Project } from '../../language/adapted.js';
import type { AttentionStrategy } from '../../language/attention.js';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { CausalDecoder, type DecoderLayer } from '../../language/decoder.js';
import type { BlockAdapter, BlockContext } from '../../parts.js';

/** The share that is turned, from either form of the rotary settings. */
function withPartial(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  const c = raw;
  const { partial_rotary_factor = c.partial_rotary_factor ?? 0.5 } = (c.rope_parameters ?? {}) as Raw;
  const { layer_norm_eps = 1e-5 } = c;
  return { ...c, partial_rotary_factor, layer_norm_eps, rms_norm_eps: layer_norm_eps };
}

/** `text_config` of Fuyu. */
export const persimmonConfig = z.preprocess(
  withPartial,
  decoderConfig(
    {
      vocab_size: 262144,
      hidden_size: 4096,
      intermediate_size: 16384,
      num_hidden_layers: 36,
      num_attention_heads: 64,
      max_position_embeddings: 16384,
      rope_theta: 25000,
      tie_word_embeddings: false,
    },
    {
      model_type: z.literal('persimmon').default('persimmon'),
      ...decoderFields,
      hidden_act: z.literal('relu2').default('relu2'),
      layer_norm_eps: z.number().positive(),
      partial_rotary_factor: z.number().positive().max(1),
      qk_layernorm: z.boolean().default(true),
    },
  ),
);
export type PersimmonConfig = z.infer<typeof persimmonConfig>;

class PersimmonAttention extends Module {
  query_key_value: Linear;
  dense: Linear;
  q_layernorm?: LayerNorm;
  k_layernorm?: LayerNorm;
  constructor(private readonly c: PersimmonConfig) {
    super();
    this.query_key_value = new Linear(c.hidden_size, 3 * c.hidden_size);
    this.dense = new Linear(c.hidden_size, c.hidden_size);
    if (!c.qk_layernorm) return;
    this.q_layernorm = new LayerNorm(c.head_dim, c.layer_norm_eps);
    this.k_layernorm = new LayerNorm(c.head_dim, c.layer_norm_eps);
  }
  forward(x: Tensor, strategy: AttentionStrategy, layer: number, adapted: Adapted): Tensor {
    return this.trace(() => {
      const { num_attention_heads: heads, head_dim } = this.c;
      const fused = adapted.project('query_key_value', this.query_key_value, x).reshape([x.dim(0), x.dim(1), heads, 3, head_dim]);
      const part = (i: number): Tensor => fused.slice({ axis: 3, start: i, end: i + 1 }).squeeze(3);
      const [q, k] = [this.q_layernorm?.forward(part(0)) ?? part(0), this.k_layernorm?.forward(part(1)) ?? part(1)];
      const flat = (y: Tensor): Tensor => y.reshape([x.dim(0), x.dim(1), heads * head_dim]);
      const out = adapted.attended(strategy.attend(flat(this.turnable(q)), flat(this.turnable(k)), flat(part(2)), layer));
      return adapted.project('dense', this.dense, out);
    });
  }
  /**
   * Pairs that turn lie side by side in the front of the head; the rotation here takes the first half of the head with the second. Queries
   * and keys change their order alike, so their products stay what they are.
   */
  private turnable(y: Tensor): Tensor {
    const { head_dim, partial_rotary_factor } = this.c;
    const turned = 2 * Math.floor((head_dim * partial_rotary_factor) / 2);
    const rest = turned + (head_dim - turned) / 2;
    const piece = (start: number, end: number): Tensor => y.slice({ axis: 3, start, end });
    if (turned === head_dim) return y;
    return concat([piece(0, turned / 2), piece(turned, rest), piece(turned / 2, turned), piece(rest, head_dim)], 3);
  }
}

class PersimmonMlp extends Module {
  dense_h_to_4h: Linear;
  dense_4h_to_h: Linear;
  constructor(c: PersimmonConfig) {
    super();
    this.dense_h_to_4h = new Linear(c.hidden_size, c.intermediate_size);
    this.dense_4h_to_h = new Linear(c.intermediate_size, c.hidden_size);
  }
  forward(x: Tensor, project: Project): Tensor {
    return this.trace(() => {
      const h = relu(project('dense_h_to_4h', this.dense_h_to_4h, x));
      return project('dense_4h_to_h', this.dense_4h_to_h, h.mul(h));
    });
  }
}

class PersimmonLayer extends Module implements DecoderLayer {
  self_attn: PersimmonAttention;
  mlp: PersimmonMlp;
  input_layernorm: LayerNorm;
  post_attention_layernorm: LayerNorm;
  adapters: BlockAdapter[] = [];
  constructor(c: PersimmonConfig) {
    super();
    this.self_attn = new PersimmonAttention(c);
    this.mlp = new PersimmonMlp(c);
    this.input_layernorm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.post_attention_layernorm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
  }
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      const adapted = new Adapted(this.adapters, context, this.path);
      const before = adapted.before(x);
      const h = adapted.between(before.add(this.self_attn.forward(this.input_layernorm.forward(before), strategy, context.layer, adapted)));
      return adapted.after(h.add(adapted.feed(this.post_attention_layernorm.forward(h), (y, project) => this.mlp.forward(y, project))));
    });
  }
}

/** PersimmonForCausalLM; its last norm is called `final_layernorm` in files. */
export class Persimmon extends CausalDecoder<PersimmonConfig> {
  constructor(config: PersimmonConfig) {
    super(config, {
      layer: () => new PersimmonLayer(config),
      norm: () => new LayerNorm(config.hidden_size, config.layer_norm_eps),
    });
  }
}
