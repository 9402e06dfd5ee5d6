// `config.json` of LLaVA 1.5, LLaVA-NeXT and LLaVA-OneVision, with the defaults of their classes.

import { z } from 'zod';
import { isRecord } from '../../../util/records.js';
import { type VisionConfig, visionConfig } from '../../encoders/any-vision.js';
import { towerActivation } from '../../encoders/clip-layers.js';
import type { DecoderConfig } from '../../language/config.js';
import { wrongField } from '../../parse-config.js';
import { partOf } from '../language-part.js';

const id = z.number().int().nonnegative();
const pinpoints = z.array(z.tuple([z.number().int().positive(), z.number().int().positive()])).min(1);

/** What the networks of the three, and of those with parts of ours, are built from. */
export interface LlavaFields {
  model_type: string;
  vision_config: VisionConfig;
  text_config: DecoderConfig;
  image_token_index: number;
  projector_hidden_act: z.infer<typeof towerActivation>;
  /** `default` leaves the first token of the tower out, CLIP's class token; `full` keeps all. */
  vision_feature_select_strategy: 'default' | 'full';
  /** Hidden states by number, from the end where negative; several are put side by side. */
  vision_feature_layer: number | number[];
  multimodal_projector_bias?: boolean;
  tie_word_embeddings?: boolean;
}

/** Fields of the three, and of Pixtral. */
export const llavaFields = {
  architectures: z.array(z.string()).optional(),
  text_config: partOf('llama'),
  projector_hidden_act: towerActivation.default('gelu'),
  multimodal_projector_bias: z.boolean().default(true),
  tie_word_embeddings: z.boolean().optional(),
};
const select = (strategy: 'default' | 'full', layer: number) => ({
  vision_feature_select_strategy: z.enum(['default', 'full']).default(strategy),
  vision_feature_layer: z.union([z.number().int(), z.array(z.number().int()).min(1)]).default(layer),
});

/** The tower of LLaVA 1.5 and NeXT, CLIP ViT-L/14 at 336 pixels, where a config has none. */
const clipLarge = {
  hidden_size: 1024,
  intermediate_size: 4096,
  patch_size: 14,
  image_size: 336,
  num_hidden_layers: 24,
  num_attention_heads: 16,
};
const siglipSo400m = {
  hidden_size: 1152,
  intermediate_size: 4304,
  patch_size: 14,
  image_size: 384,
  num_hidden_layers: 26,
  num_attention_heads: 16,
  vision_use_head: false,
};

/** transformers 5 may write `image_token_id` for `image_token_index`. */
export function renamedIds(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  const c: Record<string, unknown> = { ...raw };
  c.image_token_index ??= c.image_token_id;
  c.video_token_index ??= c.video_token_id;
  for (const key of ['image_token_index', 'video_token_index']) if (c[key] === undefined) delete c[key];
  return c;
}

/** Parts may be left to the defaults of their classes. */
const settled = <S extends z.ZodRawShape>(shape: S) => z.preprocess(renamedIds, z.object(shape).superRefine(consistent));

/** What no single field shows. */
function consistent(value: unknown, context: z.RefinementCtx): void {
  const c = value as LlavaFields & { image_grid_pinpoints?: number[][]; vision_aspect_ratio?: string };
  const wrong = (path: keyof typeof c, expected: string): void => wrongField(context, path, expected, c[path]);
  const states = c.vision_config.num_hidden_layers + 1;
  for (const layer of [c.vision_feature_layer].flat())
    if (layer >= states || layer < -states)
      wrong('vision_feature_layer', `one of the ${states} hidden states, ${-states} to ${states - 1}`);
  if (c.image_token_index >= c.text_config.vocab_size) wrong('image_token_index', `an id below vocab_size (${c.text_config.vocab_size})`);
  if (!c.image_grid_pinpoints) return;
  const side = c.vision_config.image_size;
  if (c.image_grid_pinpoints.flat().some((n) => n % side !== 0))
    wrong('image_grid_pinpoints', `multiples of the tower's image_size (${side})`);
  if (featureTokens(c) !== gridSide(c) ** 2)
    wrong('vision_feature_select_strategy', `the one that leaves ${gridSide(c)} x ${gridSide(c)} tokens of a tile`);
}

/** Patches on a side of a picture of the tower's size. */
export const gridSide = (c: LlavaFields): number => Math.floor(c.vision_config.image_size / c.vision_config.patch_size);
/** Tokens of such a picture that the strategy leaves. */
export const featureTokens = (c: LlavaFields): number =>
  gridSide(c) ** 2 +
  (c.vision_config.model_type === 'siglip_vision_model' ? 0 : 1) -
  (c.vision_feature_select_strategy === 'default' ? 1 : 0);

/**
 * True where the head is the embedding. transformers 5 takes the word of the whole config alone for LLaVA-NeXT; for LLaVA 1.5 and OneVision,
 * whose checkpoints have it in either place, that of the text model too.
 */
export function tiesHead(
  c: Pick<LlavaFields, 'model_type' | 'tie_word_embeddings'> & { text_config: { tie_word_embeddings: boolean } },
): boolean {
  return c.tie_word_embeddings === true || (c.model_type !== 'llava_next' && c.text_config.tie_word_embeddings);
}

/** `Family.tied`: a tied head may be in the file or not. */
export const tiedLlavaHead = (c: Parameters<typeof tiesHead>[0]): Record<string, string> =>
  tiesHead(c) ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {};

/** `config.json` of LlavaForConditionalGeneration. */
export const llavaConfig = settled({
  model_type: z.literal('llava').default('llava'),
  ...llavaFields,
  ...select('default', -2),
  vision_config: visionConfig('clip_vision_model', clipLarge),
  image_token_index: id.default(32000),
});

/** `config.json` of LlavaNextForConditionalGeneration. `image_grid_pinpoints` are heights and widths of grids of tiles. */
export const llavaNextConfig = settled({
  model_type: z.literal('llava_next').default('llava_next'),
  ...llavaFields,
  ...select('default', -2),
  vision_config: visionConfig('clip_vision_model', clipLarge),
  image_token_index: id.default(32000),
  image_grid_pinpoints: pinpoints.default([
    [336, 672],
    [672, 336],
    [672, 672],
    [1008, 336],
    [336, 1008],
  ]),
});

const upToSix = Array.from({ length: 36 }, (_, i): [number, number] => [384 * (1 + Math.floor(i / 6)), 384 * (1 + (i % 6))]);

/** `config.json` of LlavaOnevisionForConditionalGeneration. */
export const llavaOnevisionConfig = settled({
  model_type: z.literal('llava_onevision').default('llava_onevision'),
  ...llavaFields,
  text_config: partOf('qwen2'),
  ...select('full', -1),
  vision_config: visionConfig('siglip_vision_model', siglipSo400m),
  image_token_index: id.default(151646),
  video_token_index: id.default(151647),
  image_grid_pinpoints: pinpoints.default(upToSix),
  /** Features of more than this many tiles are shrunk to as many. */
  vision_aspect_ratio: z
    .string()
    .regex(/^anyres_max_[1-9][0-9]*$/, 'anyres_max_ and a number')
    .default('anyres_max_9'),
});

export type LlavaConfig = z.infer<typeof llavaConfig>;
export type LlavaNextConfig = z.infer<typeof llavaNextConfig>;
export type LlavaOnevisionConfig = z.infer<typeof llavaOnevisionConfig>;
