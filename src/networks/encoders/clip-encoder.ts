// The CLIP tower as an encoder among others: one of its hidden states, without the class token.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { type HeightWidth, imageProcessor } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { isRecord } from '../../util/records.js';
import { wrongField } from '../parse-config.js';
import { ClipVision, type ClipVisionConfig, clipVisionConfig, gridOf } from './clip-vision.js';
import type { EncoderConfig, EncoderSpec } from './define.js';
import { definePictureEncoder, type PictureNetwork, pictureInput } from './pictures.js';

/** The fields that config.json of a LLaVA has for its tower, and the contents of its preprocessor_config.json. */
export const clipEncoderConfig = z
  .object({
    vision_config: clipVisionConfig,
    /** The hidden state that is taken, from the end where negative. */
    vision_feature_layer: z.number().int().default(-2),
    /** Default: the short side to the tower's, then the middle. */
    image_processor: z.record(z.string(), z.unknown()).optional(),
  })
  .superRefine((c, context) => {
    const states = c.vision_config.num_hidden_layers + 1;
    if (c.vision_feature_layer < -states || c.vision_feature_layer >= states)
      wrongField(
        context,
        'vision_feature_layer',
        `one of the ${states} hidden states, ${-states} to ${states - 1}`,
        c.vision_feature_layer,
      );
  });
export type ClipEncoderConfig = z.infer<typeof clipEncoderConfig>;

/** Names as in CLIPVisionModel: `vision_model`. */
export class ClipEncoderNetwork extends Module implements PictureNetwork {
  vision_model: ClipVision;
  constructor(private readonly config: ClipEncoderConfig) {
    super();
    this.vision_model = new ClipVision(config.vision_config);
  }
  get width(): number {
    return this.vision_model.width;
  }
  get tokenCount(): number {
    return this.vision_model.tokenCount;
  }
  get pictureSize(): HeightWidth {
    const { image_size: side } = this.config.vision_config;
    return [side, side];
  }
  get grid(): HeightWidth {
    return this.gridAt(this.pictureSize);
  }
  gridAt(size: HeightWidth): HeightWidth {
    return gridOf(this.config.vision_config, size);
  }
  tokens(pixels: Tensor): Tensor {
    const { vision_feature_layer: layer, vision_config } = this.config;
    const at = layer < 0 ? vision_config.num_hidden_layers + 1 + layer : layer;
    return (this.vision_model.states(pixels, at)[at] as Tensor).slice({ axis: 1, start: this.vision_model.classTokens });
  }
  encode(): Tensor {
    return this.tokens(pictureInput(this));
  }
}

/** The tower by its config, as it stands in files; recipes write `clipVision({…})`. */
export const clipEncoder = definePictureEncoder<ClipEncoderConfig, z.input<typeof clipEncoderConfig>>('clip-vision', {
  config: clipEncoderConfig,
  network: (config) => new ClipEncoderNetwork(config),
  images: ({ vision_config: { image_size: side }, image_processor: own }) =>
    imageProcessor(own ?? { size: { shortest_edge: side }, crop_size: { height: side, width: side } }, 'encoder: image_processor'),
});

/** The first CLIP tower of an encoder's spec, depth first; undefined where it has none. */
export function clipSpecOf<S extends EncoderSpec>(spec: EncoderSpec): S | undefined {
  if (spec.kind === 'clip-vision') return spec as S;
  for (const part of spec.parts) {
    const found = clipSpecOf<S>(part);
    if (found) return found;
  }
  return undefined;
}

/** The config of an encoder with its first CLIP tower, depth first, as a folder has it. */
export function withClip(
  config: EncoderConfig,
  tower: { vision_config: ClipVisionConfig; image_processor?: Record<string, unknown> },
): EncoderConfig {
  let isPut = false;
  const put = (value: unknown): unknown => {
    if (isPut) return value;
    if (Array.isArray(value)) return value.map(put);
    if (!isRecord(value)) return value;
    if (value.kind === 'clip-vision') {
      isPut = true;
      return { ...value, ...tower };
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, put(one)]));
  };
  return put(config) as EncoderConfig;
}
