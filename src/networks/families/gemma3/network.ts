// Gemma 3 without images: norms before and behind both halves of a layer, windows in five layers of six, two rotary bases.

import { z } from 'zod';
import { isRecord } from '../../../util/records.js';
import { decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { GemmaDecoder, type GemmaTraits } from '../gemma/network.js';

/** transformers 5 writes the rotary settings of both kinds of layers side by side; before, the base of the windowed ones had its own key. */
function withBases(raw: unknown): unknown {
  if (!isRecord(raw) || !isRecord(raw.rope_parameters)) return raw;
  const { full_attention: full, sliding_attention: sliding } = raw.rope_parameters;
  if (!isRecord(full) && !isRecord(sliding)) return raw;
  const { rope_theta, rope_type } = isRecord(sliding) ? sliding : {};
  return {
    ...raw,
    rope_parameters: full,
    ...(rope_theta === undefined ? {} : { rope_local_base_freq: rope_theta }),
    ...(rope_type === undefined ? {} : { rope_local_type: rope_type }),
  };
}

const { hidden_act: _, ...fields } = decoderFields;

/** `config.json` of Gemma3ForCausalLM. */
export const gemma3TextConfig = z.preprocess(
  withBases,
  decoderConfig(
    {
      vocab_size: 262208,
      hidden_size: 2304,
      intermediate_size: 9216,
      num_hidden_layers: 26,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      head_dim: 256,
      max_position_embeddings: 131072,
      rms_norm_eps: 1e-6,
      rope_theta: 1000000,
      tie_word_embeddings: true,
      sliding_window: 4096,
      bos_token_id: 2,
      eos_token_id: 1,
      pad_token_id: 0,
    },
    {
      model_type: z.literal('gemma3_text').default('gemma3_text'),
      architectures: z.array(z.string()).default(['Gemma3ForCausalLM']),
      ...fields,
      hidden_activation: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
      attention_bias: z.boolean().default(false),
      rope_local_base_freq: z.number().positive().default(10000),
      rope_local_type: z.literal('default').default('default'),
      query_pre_attn_scalar: z.number().positive().default(256),
      final_logit_softcapping: z.number().positive().nullish(),
      attn_logit_softcapping: z.null().optional(),
      use_bidirectional_attention: z.literal(false).nullish(),
      /** Every layer of this number sees everything, where `layer_types` does not say. */
      sliding_window_pattern: z.number().int().positive().default(6),
      ...windowFields,
    },
  ).transform((c) => {
    const typeOf = (i: number) => ((i + 1) % c.sliding_window_pattern === 0 ? 'full_attention' : 'sliding_attention');
    return { ...c, layer_types: c.layer_types ?? Array.from({ length: c.num_hidden_layers }, (_, i) => typeOf(i)) };
  }),
);
export type Gemma3TextConfig = z.infer<typeof gemma3TextConfig>;

/** Gemma3ForCausalLM. */
export class Gemma3Text extends GemmaDecoder<Gemma3TextConfig> {
  constructor(config: Gemma3TextConfig, traits: Pick<GemmaTraits, 'reach'> = {}) {
    super(config, { normsBehind: true, qkNorm: true, ...traits });
  }
}
