// What the configs of all decoder-only families have in common: sizes, positions, and how transformers' versions write them.

import { z } from 'zod';
import { isRecord, type Raw } from '../../util/records.js';
import { wrongField } from '../parse-config.js';
import { type RopeScaling, ropeScaling } from './rope-scaling.js';

/** The sizes that the shared parts are built from; every family's config has them. */
export interface DecoderConfig {
  model_type: string;
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  max_position_embeddings: number;
  rms_norm_eps: number;
  rope_theta: number;
  rope_scaling?: RopeScaling | null;
  /** The share of each head that is turned, where that is not all. */
  partial_rotary_factor?: number;
  /** 0 for each layer whose heads are not turned at all (NoPE; Kazemnejad et al. 2023), 1 for the others. */
  no_rope_layers?: number[];
  /** Rotary base of the layers that look through a window, where it is their own; these are not stretched by `rope_scaling`. */
  rope_local_base_freq?: number;
  /** Scores are divided by the root of this, by default `head_dim`. */
  query_pre_attn_scalar?: number;
  /** Scores are squeezed between this and its negative (Gemma 2). */
  attn_logit_softcapping?: number | null;
  tie_word_embeddings: boolean;
  /** Each token sees this many tokens, itself included; in which layers, `windowOf` says. */
  sliding_window?: number | null;
  use_sliding_window?: boolean;
  max_window_layers?: number;
  layer_types?: string[] | null;
  eos_token_id?: number | number[] | null;
  pad_token_id?: number | null;
}

const size = z.number().int().positive();
const token = z.number().int().nonnegative().nullish();

/** Fields of a decoder's config in the order in which they are written; families add their own. */
export const decoderFields = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: size.multipleOf(2),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive(),
  rope_scaling: ropeScaling.nullish(),
  tie_word_embeddings: z.boolean(),
  hidden_act: z.literal('silu').default('silu'),
  bos_token_id: token,
  eos_token_id: z.union([z.number().int().nonnegative(), z.array(z.number().int().nonnegative())]).nullish(),
  pad_token_id: token,
};

/** Fields of the families that may attend within a window. */
export const windowFields = {
  sliding_window: size.nullish(),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
};

/**
 * The schema of a family's config. `defaults` are those of the transformers class, for the keys that a file leaves out (LLaVA 1.5 names
 * hardly any); what one key implies of another (heads of keys, size of a head) is filled in, and the rotary settings of transformers 5
 * (`rope_parameters`) become the older `rope_theta` and `rope_scaling`, which all versions read.
 */
export function decoderConfig<S extends z.ZodRawShape>(defaults: Readonly<Record<string, unknown>>, shape: S) {
  return z.preprocess((raw) => (isRecord(raw) ? completed(raw, defaults) : raw), z.object(shape).superRefine(consistent));
}

function completed(raw: Raw, defaults: Raw): Raw {
  const c: Record<string, unknown> = { ...defaults, ...raw };
  const { rope_theta, scaling } = rotary(raw, c.max_position_embeddings);
  if (rope_theta !== undefined) c.rope_theta = rope_theta;
  delete c.rope_parameters;
  if (scaling) c.rope_scaling = scaling;
  else delete c.rope_scaling;
  c.num_key_value_heads ??= c.num_attention_heads;
  if (typeof c.hidden_size === 'number' && typeof c.num_attention_heads === 'number')
    c.head_dim ??= Math.floor(c.hidden_size / c.num_attention_heads);
  return c;
}

/** Types that count from the context of before: beside the settings, in them, or the whole context. */
const FROM_CONTEXT: readonly unknown[] = ['llama3', 'yarn'];

/**
 * The base (undefined for the default of the class) and the scaling (undefined for none), from either form. As in transformers, what is in
 * `rope_scaling` counts where a config has both; a base that only the other has is not lost.
 */
function rotary(raw: Raw, context: unknown): { rope_theta: unknown; scaling: unknown } {
  const { rope_parameters: newer, rope_scaling: older } = raw;
  const given = isRecord(older) && Object.keys(older).length > 0 ? older : (newer ?? older);
  const rope_theta = raw.rope_theta ?? (isRecord(newer) ? newer.rope_theta : undefined);
  if (!isRecord(given)) return { rope_theta, scaling: given ?? undefined };
  const { rope_theta: own = rope_theta, type, rope_type = type ?? 'default', partial_rotary_factor: _, ...rest } = given;
  if (rope_type === 'default') return { rope_theta: own, scaling: undefined };
  if (!FROM_CONTEXT.includes(rope_type)) return { rope_theta: own, scaling: { rope_type, ...rest } };
  const original = raw.original_max_position_embeddings ?? rest.original_max_position_embeddings ?? context;
  // YaRN's factor may be null: how much longer the context became.
  const inferred = rest.factor === null && typeof context === 'number' && typeof original === 'number';
  const factor = inferred ? (context as number) / (original as number) : rest.factor;
  return { rope_theta: own, scaling: { rope_type, ...rest, factor, original_max_position_embeddings: original } };
}

/** What no single field shows. */
function consistent(value: unknown, context: z.RefinementCtx): void {
  const c = value as DecoderConfig;
  const wrong = (path: keyof typeof c, expected: string): void => wrongField(context, path, expected, c[path]);
  if (c.num_attention_heads % c.num_key_value_heads !== 0)
    wrong('num_key_value_heads', `a divisor of num_attention_heads (${c.num_attention_heads})`);
  if (c.layer_types && c.layer_types.length !== c.num_hidden_layers)
    wrong('layer_types', `one type for each of the ${c.num_hidden_layers} layers`);
}
