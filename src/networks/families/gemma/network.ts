// Gemma and Gemma 2: scaled embeddings, norms that count from 1, GELU; in Gemma 2 more norms, windows, and scores and logits that are capped.

import { z } from 'zod';
import { geluTanh, Parameter, rmsNorm, type Tensor } from '../../../graph/index.js';
import { init, RmsNorm } from '../../../nn/index.js';
import { isRecord } from '../../../util/records.js';
import type { Adapted } from '../../language/adapted.js';
import type { AttentionStrategy, SequenceOptions } from '../../language/attention.js';
import type { CacheStrategy } from '../../language/cache.js';
import { type DecoderConfig, decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { CausalDecoder, DecoderBlock, type DecoderTraits } from '../../language/decoder.js';
import { REACHING, type Reach, reachingCache, reachingSequence } from '../../language/reach.js';

const { hidden_act: _, ...fields } = decoderFields;
const sizes = { vocab_size: 256000, head_dim: 256, max_position_embeddings: 8192, rms_norm_eps: 1e-6, rope_theta: 10000 };
const ids = { bos_token_id: 2, eos_token_id: 1, pad_token_id: 0 };
const cap = z.number().positive().nullish();
const shared = {
  ...fields,
  attention_bias: z.boolean().default(false),
  /** Of PaliGemma, whose prefix is read both ways: there it is written down, and says nothing that the class does not. */
  use_bidirectional_attention: z.boolean().nullish(),
};

/** The first files of Gemma say `gelu` and mean its approximation; some name it `hidden_activation`. */
const withActivation = (raw: unknown): unknown =>
  isRecord(raw) ? { ...raw, hidden_act: raw.hidden_activation ?? raw.hidden_act ?? undefined } : raw;

/** `config.json` of GemmaForCausalLM. */
export const gemmaConfig = z.preprocess(
  withActivation,
  decoderConfig(
    {
      ...sizes,
      ...ids,
      hidden_size: 3072,
      intermediate_size: 24576,
      num_hidden_layers: 28,
      num_attention_heads: 16,
      num_key_value_heads: 16,
      tie_word_embeddings: true,
    },
    {
      model_type: z.literal('gemma').default('gemma'),
      architectures: z.array(z.string()).default(['GemmaForCausalLM']),
      ...shared,
      hidden_act: z
        .enum(['gelu', 'gelu_pytorch_tanh'])
        .default('gelu_pytorch_tanh')
        .transform(() => 'gelu_pytorch_tanh' as const),
    },
  ),
);
export type GemmaConfig = z.infer<typeof gemmaConfig>;

/** `config.json` of Gemma2ForCausalLM. */
export const gemma2Config = decoderConfig(
  {
    ...sizes,
    ...ids,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    tie_word_embeddings: true,
    sliding_window: 4096,
  },
  {
    model_type: z.literal('gemma2').default('gemma2'),
    architectures: z.array(z.string()).default(['Gemma2ForCausalLM']),
    ...shared,
    hidden_activation: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
    query_pre_attn_scalar: z.number().positive().default(256),
    final_logit_softcapping: cap.default(30),
    attn_logit_softcapping: cap.default(50),
    ...windowFields,
  },
).transform((c) => {
  const typeOf = (i: number) => (i % 2 === 0 ? 'sliding_attention' : 'full_attention');
  return { ...c, layer_types: c.layer_types ?? Array.from({ length: c.num_hidden_layers }, (_, i) => typeOf(i)) };
});
export type Gemma2Config = z.infer<typeof gemma2Config>;

/** RMSNorm whose weight counts from 1. */
export class GemmaNorm extends RmsNorm {
  constructor(width: number, eps: number) {
    super(width, eps);
    this.weight = new Parameter([width], init.zeros);
  }
  override forward(x: Tensor): Tensor {
    return this.trace(() => rmsNorm(x, this.weight.add(1), this.eps));
  }
}

/** Norms behind attention and feed-forward too, before they are added to the residual stream (Gemma 2 and 3). */
export class GemmaBlock extends DecoderBlock {
  pre_feedforward_layernorm: GemmaNorm;
  post_feedforward_layernorm: GemmaNorm;
  constructor(c: DecoderConfig, traits: DecoderTraits) {
    super(c, traits);
    this.pre_feedforward_layernorm = new GemmaNorm(c.hidden_size, c.rms_norm_eps);
    this.post_feedforward_layernorm = new GemmaNorm(c.hidden_size, c.rms_norm_eps);
  }
  protected override attend(x: Tensor, strategy: AttentionStrategy, adapted: Adapted): Tensor {
    return this.post_attention_layernorm.forward(super.attend(x, strategy, adapted));
  }
  protected override feed(x: Tensor, adapted: Adapted): Tensor {
    return this.post_feedforward_layernorm.forward(super.feed(x, adapted, this.pre_feedforward_layernorm));
  }
}

/** What the configs of all Gemmas have. */
interface GemmaFields extends DecoderConfig {
  attention_bias: boolean;
  final_logit_softcapping?: number | null;
}

/** How a Gemma differs from the others. */
export interface GemmaTraits {
  /** `GemmaBlock` in place of the plain layers. */
  normsBehind?: boolean;
  qkNorm?: boolean;
  /** Tokens have two positions (`REACHING`), and may see what comes after them. */
  reach?: Reach;
}

/** What all Gemmas share. */
export abstract class GemmaDecoder<C extends GemmaFields = GemmaFields> extends CausalDecoder<C> {
  override readonly positionKinds: number;
  private readonly reach: Reach | undefined;
  constructor(config: C, { normsBehind = false, qkNorm = false, reach }: GemmaTraits = {}) {
    const { attention_bias: bias } = config;
    const traits: DecoderTraits = { qkvBias: bias, outBias: bias, qkNorm, rmsNorm: GemmaNorm, activation: geluTanh };
    super(config, normsBehind ? { ...traits, layer: () => new GemmaBlock(config, traits) } : traits);
    this.positionKinds = reach ? REACHING : 0;
    this.reach = reach;
  }
  override embed(ids: Tensor): Tensor {
    return super.embed(ids).mul(Math.sqrt(this.width));
  }
  override logits(hidden: Tensor): Tensor {
    const { final_logit_softcapping: most } = this.config;
    const logits = super.logits(hidden);
    return most ? logits.div(most).tanh().mul(most) : logits;
  }
  override wholeSequence(batch: number, n: number, options: SequenceOptions = {}): AttentionStrategy {
    const { config, reach } = this;
    const own = reach || config.attn_logit_softcapping;
    return own ? reachingSequence(config, [batch, n], options, reach ?? 'window') : super.wholeSequence(batch, n, options);
  }
  override overCache(capacity: number): CacheStrategy {
    return this.reach ? reachingCache(this.config, capacity, this.reach) : super.overCache(capacity);
  }
}

/** GemmaForCausalLM. */
export class Gemma extends GemmaDecoder<GemmaConfig> {}

/** Gemma2ForCausalLM. */
export class Gemma2 extends GemmaDecoder<Gemma2Config> {
  constructor(config: Gemma2Config, traits: Pick<GemmaTraits, 'reach'> = {}) {
    super(config, { normsBehind: true, ...traits });
  }
}
