// LFM2: most layers mix each token with the two before it by a gated convolution; a few attend.

import { z } from 'zod';
import { Parameter, split, type Tensor, withInputs } from '../../../graph/index.js';
import { init, Linear, Module, RmsNorm } from '../../../nn/index.js';
import { isRecord } from '../../../util/records.js';
import type { ParameterNames } from '../../family.js';
import { Adapted } from '../../language/adapted.js';
import { type AttentionStrategy, SelfAttention, type SequenceOptions } from '../../language/attention.js';
import type { CacheStrategy } from '../../language/cache.js';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { CausalDecoder, type DecoderLayer, GatedMlp, residualInit } from '../../language/decoder.js';
import { recentInCache, recentInSequence, remembering } from '../../language/recent.js';
import type { BlockAdapter, BlockContext } from '../../parts.js';

/** Other names that its files have for what the configs of decoders have. */
function renamed(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  const { norm_eps = 1e-5, block_ff_dim, tie_embedding, ...rest } = raw;
  return {
    ...rest,
    rms_norm_eps: norm_eps,
    ...(block_ff_dim === undefined ? {} : { intermediate_size: block_ff_dim }),
    ...(tie_embedding === undefined ? {} : { tie_word_embeddings: tie_embedding }),
  };
}

/** `config.json` of Lfm2ForCausalLM. */
export const lfm2Config = z.preprocess(
  renamed,
  decoderConfig(
    {
      vocab_size: 65536,
      hidden_size: 2560,
      intermediate_size: 12288,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      max_position_embeddings: 128000,
      rope_theta: 1000000,
      tie_word_embeddings: true,
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: 0,
    },
    {
      model_type: z.literal('lfm2').default('lfm2'),
      architectures: z.array(z.string()).default(['Lfm2ForCausalLM']),
      ...decoderFields,
      conv_bias: z.boolean().default(false),
      /** Tokens that a convolution mixes, the last one included. */
      conv_L_cache: z.number().int().min(1).max(64).default(3),
      /** The width of the feed-forward is two thirds of `intermediate_size`, times a factor, rounded up to a multiple. */
      block_auto_adjust_ff_dim: z.boolean().default(true),
      block_ffn_dim_multiplier: z.number().positive().nullable().default(1),
      block_multiple_of: z.number().int().positive().default(256),
      /** Layers that attend, where `layer_types` does not say; by default all. */
      full_attn_idxs: z.array(z.number().int().nonnegative()).nullish(),
      layer_types: z.array(z.enum(['full_attention', 'conv'])).nullish(),
    },
  ).transform((c) => {
    const attends = (i: number): boolean => c.full_attn_idxs?.includes(i) ?? true;
    const types = Array.from({ length: c.num_hidden_layers }, (_, i) => (attends(i) ? 'full_attention' : 'conv'));
    return { ...c, layer_types: c.layer_types ?? types };
  }),
);
export type Lfm2Config = z.infer<typeof lfm2Config>;

/** Width of the feed-forward. */
export function feedWidth(c: Lfm2Config): number {
  if (!c.block_auto_adjust_ff_dim) return c.intermediate_size;
  const width = Math.trunc((2 * c.intermediate_size) / 3);
  if (c.block_ffn_dim_multiplier === null) return width;
  return c.block_multiple_of * Math.ceil(Math.trunc(c.block_ffn_dim_multiplier * width) / c.block_multiple_of);
}

/** A Conv1d of one channel each. */
class Taps extends Module {
  weight: Parameter;
  bias?: Parameter;
  constructor(width: number, taps: number, bias: boolean) {
    super();
    this.weight = new Parameter([width, 1, taps], init.normal(1 / Math.sqrt(taps)));
    if (bias) this.bias = new Parameter([width], init.zeros);
  }
  /** x: the newest first, [batch, n, width] each -> their sum, by channel. */
  forward(x: readonly Tensor[]): Tensor {
    return this.trace(() => {
      const tap = (i: number): Tensor => this.weight.slice({ axis: 2, start: x.length - 1 - i, end: x.length - i }).reshape([-1]);
      const y = x.map((each, i) => each.mul(tap(i))).reduce((a, b) => a.add(b));
      return this.bias ? y.add(this.bias) : y;
    });
  }
}

/** Two gates around a short convolution. */
class ShortConv extends Module {
  conv: Taps;
  in_proj: Linear;
  out_proj: Linear;
  constructor(private readonly c: Lfm2Config) {
    super();
    const { hidden_size: w, conv_bias: bias } = c;
    this.conv = new Taps(w, c.conv_L_cache, bias);
    this.in_proj = new Linear(w, 3 * w, { bias });
    this.out_proj = new Linear(w, w, { bias, init: residualInit(c) });
  }
  /** x: [batch, n, width] -> the same. */
  forward(x: Tensor, strategy: AttentionStrategy, { project, context }: Adapted): Tensor {
    return this.trace(() => {
      const { hidden_size: w, conv_L_cache: taps } = this.c;
      const [before, after, value] = split(project('in_proj', this.in_proj, x), [w, w, w], 2) as [Tensor, Tensor, Tensor];
      const gated = before.mul(value);
      const mixed = this.conv.forward([gated, ...remembering(strategy, this.path).recent(gated, taps - 1, context.layer)]);
      return project('out_proj', this.out_proj, after.mul(mixed));
    });
  }
}

/** A layer: one of the two, and a feed-forward. */
class Lfm2Layer extends Module implements DecoderLayer {
  self_attn?: SelfAttention;
  conv?: ShortConv;
  feed_forward: GatedMlp;
  operator_norm: RmsNorm;
  ffn_norm: RmsNorm;
  adapters: BlockAdapter[] = [];
  constructor(c: Lfm2Config, layer: number) {
    super();
    if (c.layer_types[layer] === 'conv') this.conv = new ShortConv(c);
    else this.self_attn = new SelfAttention(c, { qkNorm: true }, residualInit(c));
    this.feed_forward = new GatedMlp(c.hidden_size, feedWidth(c), { outInit: residualInit(c) });
    this.operator_norm = new RmsNorm(c.hidden_size, c.rms_norm_eps);
    this.ffn_norm = new RmsNorm(c.hidden_size, c.rms_norm_eps);
  }
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      const adapted = new Adapted(this.adapters, context, this.path);
      const entered = adapted.before(x);
      const mixer = (this.conv ?? this.self_attn) as ShortConv | SelfAttention;
      const h = entered.add(mixer.forward(this.operator_norm.forward(entered), strategy, adapted));
      return h.add(adapted.feed(this.ffn_norm.forward(h), (y) => this.feed_forward.forward(y, adapted.project)));
    });
  }
}

/** Lfm2ForCausalLM. */
export class Lfm2 extends CausalDecoder<Lfm2Config> {
  constructor(config: Lfm2Config) {
    super(config, { layer: (index) => new Lfm2Layer(config, index) });
  }
  override wholeSequence(batch: number, n: number, options: SequenceOptions = {}): AttentionStrategy {
    return recentInSequence(super.wholeSequence(batch, n, options), options);
  }
  override overCache(capacity: number): CacheStrategy {
    return withInputs({}, () => recentInCache(super.overCache(capacity)));
  }
}

/** Our names of parts to those of its files. */
const PARTS: readonly (readonly [ours: string, file: string])[] = [
  ['.self_attn.o_proj.', '.self_attn.out_proj.'],
  ['.self_attn.q_norm.', '.self_attn.q_layernorm.'],
  ['.self_attn.k_norm.', '.self_attn.k_layernorm.'],
  ['.feed_forward.gate_proj.', '.feed_forward.w1.'],
  ['.feed_forward.up_proj.', '.feed_forward.w3.'],
  ['.feed_forward.down_proj.', '.feed_forward.w2.'],
  ['model.norm.', 'model.embedding_norm.'],
];

/** Names of an LFM2, alone or within another model; `around` renames what is around it. */
export function lfm2Names(around: ParameterNames = { toFile: (name) => name, toOurs: (name) => name }): ParameterNames {
  // A tower beside the language model has parts of the same names, as its files have them.
  const swap = (name: string, from: 0 | 1): string =>
    name.startsWith('vision_tower.') ? name : PARTS.reduce((n, pair) => n.replace(pair[from], pair[from === 0 ? 1 : 0]), name);
  return { toFile: (name) => around.toFile(swap(name, 0)), toOurs: (name) => swap(around.toOurs(name), 1) };
}
