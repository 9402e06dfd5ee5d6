// A generator of images: a flow from noise to images (rectified flow), conditioned on the states of a text tower or on rows of another origin.

import { z } from 'zod';
import { concat, maximum, type Tensor } from '../../graph/index.js';
import { Module } from '../../nn/index.js';
import { ClipText, clipTextConfig } from '../encoders/clip-text.js';
import { divides, wrongField } from '../parse-config.js';
import { imagePatches, PixArtTransformer, patchesImage } from './pixart.js';

const size = z.number().int().positive();

/** `config.json` of a generator. */
export const generatorConfig = z
  .object({
    model_type: z.literal('sensorium_generator').default('sensorium_generator'),
    architectures: z.array(z.string()).default(['SensoriumForImageGeneration']),
    image_size: size,
    patch_size: size,
    hidden_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    /** Rows of a condition: tokens of the longest text, its end included, or visual latents. */
    condition_length: size,
    /** Width of a row. */
    condition_size: size,
    /** The tower whose states are the condition; without one, conditions come from a language model. */
    text_config: clipTextConfig.optional(),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'))
  .superRefine((c, context) => {
    if (c.image_size % c.patch_size !== 0)
      wrongField(context, 'patch_size', `a divisor of the ${c.image_size} pixels on a side`, c.patch_size);
    if ((c.hidden_size / c.num_attention_heads) % 4 !== 0)
      wrongField(context, 'hidden_size', `a multiple of 4 for each of ${c.num_attention_heads} heads`, c.hidden_size);
    const { text_config: text, condition_size: width, condition_length: length } = c;
    if (!text) return;
    if (text.hidden_size !== width) wrongField(context, 'condition_size', `${text.hidden_size}, the width of the text tower`, width);
    if (length > text.max_position_embeddings)
      wrongField(context, 'condition_length', `at most ${text.max_position_embeddings}, the positions of the text tower`, length);
  });
export type GeneratorConfig = z.infer<typeof generatorConfig>;

/** Least share of noise that a prediction of the image is divided by (Li and He 2025). */
const LEAST_NOISE = 0.05;

/**
 * Rectified flow (Liu et al. 2022; Lipman et al. 2022): at time t an image is (1 - t) noise + t image, from noise at 0 to the image at 1. The
 * network predicts the image, which lies on few dimensions where noise does not, so that it may be narrower than a patch has values; what is
 * compared is the velocity (Li and He 2025, arXiv:2511.13720).
 */
export class SensoriumGenerator extends Module {
  text_model?: ClipText;
  transformer: PixArtTransformer;
  constructor(readonly config: GeneratorConfig) {
    super();
    const { text_config: text, num_attention_heads: heads } = config;
    if (text) this.text_model = new ClipText(text);
    this.transformer = new PixArtTransformer({
      sample_size: config.image_size,
      in_channels: 3,
      patch_size: config.patch_size,
      num_layers: config.num_hidden_layers,
      num_attention_heads: heads,
      attention_head_dim: config.hidden_size / heads,
      caption_channels: config.condition_size,
    });
  }

  /** ids: int [batch, length] and kept: [batch, length, 1], 1 on tokens and 0 behind them -> the condition, [batch, length, size]. */
  condition(ids: Tensor, kept: Tensor): Tensor {
    return this.trace(() => (this.text_model as ClipText).states(ids).mul(kept));
  }

  /** The image that is expected, in patches. x: [batch, 3, size, size], t: [batch] in 0..1, condition: [batch, m, size]; zeros are none. */
  patches(x: Tensor, t: Tensor, condition: Tensor): Tensor {
    return this.trace(() => this.transformer.forward(x, t.mul(1000), condition));
  }

  /** The image that is expected: as `patches`, put together to [batch, 3, size, size]. */
  expected(x: Tensor, t: Tensor, condition: Tensor): Tensor {
    return this.trace(() => patchesImage(this.patches(x, t, condition), this.config.patch_size));
  }

  /**
   * The image that is expected with classifier-free guidance (Ho and Salimans 2022): what is expected without a condition, and from there
   * `guidance` [1] times as far as with it. x: [n, 3, size, size], t: [1], condition: [n, m, size] -> [n, 3, size, size].
   */
  guided(x: Tensor, t: Tensor, condition: Tensor, guidance: Tensor): Tensor {
    return this.trace(() => {
      const n = x.size(0);
      const both = this.patches(concat([x, x], 0), t.expand([2 * n]), concat([condition.mul(0), condition], 0));
      const [without, told] = [both.slice({ axis: 0, end: n }), both.slice({ axis: 0, start: n })];
      return patchesImage(without.add(told.sub(without).mul(guidance)), this.config.patch_size);
    });
  }

  /**
   * The flow-matching loss: the mean squared difference of the velocity that the network expects and that from `noise` to `image`, both
   * [batch, 3, size, size]; t: [batch]. With the image predicted it is the image's squared error over (1 - t)², which is bounded below by 0.05².
   */
  flowMatching({ image, noise, t, condition }: { image: Tensor; noise: Tensor; t: Tensor; condition: Tensor }): Tensor {
    return this.trace(() => {
      const batch = t.dim(0);
      const share = t.reshape([batch, 1, 1, 1]);
      const x = image.mul(share).add(noise.mul(share.neg().add(1)));
      const wrong = this.patches(x, t, condition).sub(imagePatches(image, this.config.patch_size));
      const each = wrong.mul(wrong).mean([1, 2]);
      const left = maximum(t.neg().add(1), LEAST_NOISE);
      return each.div(left.mul(left)).mean();
    });
  }
}
