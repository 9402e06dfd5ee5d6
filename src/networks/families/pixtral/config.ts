// `config.json` of Pixtral: a LlavaForConditionalGeneration whose tower is a PixtralVisionModel.

import { z } from 'zod';
import { isRecord } from '../../../util/records.js';
import { towerActivation } from '../../encoders/clip-layers.js';
import { wrongField } from '../../parse-config.js';
import { llavaFields, renamedIds } from '../llava/config.js';

const size = z.number().int().positive();

/** The base of the rotary angles under its own key, or within `rope_parameters`, as transformers 5 writes it. */
function withBase(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  const { rope_parameters: rope, rope_theta } = raw;
  const base = rope_theta ?? (isRecord(rope) ? rope.rope_theta : undefined);
  return base === undefined ? raw : { ...raw, rope_theta: base };
}

/** `config.json` of PixtralVisionModel. */
export const pixtralVisionConfig = z.preprocess(
  withBase,
  z
    .object({
      model_type: z.literal('pixtral').default('pixtral'),
      hidden_size: size.default(1024),
      intermediate_size: size.default(4096),
      num_hidden_layers: size.default(24),
      num_attention_heads: size.default(16),
      num_channels: z.literal(3).default(3),
      image_size: size.default(1024),
      patch_size: size.default(16),
      hidden_act: towerActivation.default('gelu'),
      rope_theta: z.number().positive().default(10000),
    })
    .superRefine((c, context) => {
      if (c.hidden_size % (4 * c.num_attention_heads) !== 0)
        wrongField(
          context,
          'num_attention_heads',
          `heads of a multiple of 4 that make up hidden_size (${c.hidden_size})`,
          c.num_attention_heads,
        );
    }),
);
export type PixtralVisionConfig = z.infer<typeof pixtralVisionConfig>;

/** `config.json` of LlavaForConditionalGeneration with that tower. */
export const pixtralConfig = z.preprocess(
  renamedIds,
  z
    .object({
      model_type: z.literal('llava').default('llava'),
      ...llavaFields,
      vision_config: pixtralVisionConfig,
      /** There is no class token to leave out. */
      vision_feature_select_strategy: z.literal('full'),
      vision_feature_layer: z.union([z.number().int(), z.array(z.number().int()).min(1)]).default(-2),
      image_token_index: z.number().int().nonnegative().default(32000),
    })
    .superRefine((c, context) => {
      const states = c.vision_config.num_hidden_layers + 1;
      for (const layer of [c.vision_feature_layer].flat())
        if (layer >= states || layer < -states)
          wrongField(context, 'vision_feature_layer', `one of the ${states} hidden states, ${-states} to ${states - 1}`, layer);
      const { vocab_size: words } = c.text_config;
      if (c.image_token_index >= words) wrongField(context, 'image_token_index', `an id below vocab_size (${words})`, c.image_token_index);
    }),
);
export type PixtralConfig = z.infer<typeof pixtralConfig>;

/** Whether a config of a LLaVA names Pixtral's tower. */
export const hasPixtral = (raw: { vision_config?: unknown }): boolean =>
  isRecord(raw.vision_config) && raw.vision_config.model_type === 'pixtral';
