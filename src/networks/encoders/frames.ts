// Videos by the frames of any encoder of pictures: Video-ChatGPT's means over space and over time, or some tokens of every frame.

import { z } from 'zod';
import { concat, input, type Tensor } from '../../graph/index.js';
import { type Frames, type RgbImage, sampleIndices } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { defineEncoder, type EncodedMedium, type EncoderNetwork, encoderConfig } from './define.js';
import { type PictureNetwork, pictureEncoder, picturePixels } from './pictures.js';

const whole = z.number().int().positive();

/** Options: the encoder of pictures, frames of a video, and what is kept of them. */
export const framesConfig = z.object({
  of: encoderConfig,
  /** Longer videos give so many of their frames, evenly; shorter ones are filled up with nothing. */
  frames: whole.max(256).default(8),
  /** `means`: a token for every frame and one for every patch. `tokens`: `grid`² tokens of every frame, each the mean of its patches. */
  keep: z.enum(['means', 'tokens']).default('means'),
  grid: whole.default(2),
});
export type FramesConfig = z.infer<typeof framesConfig>;

/**
 * Video-ChatGPT's pooling (Maaz et al. 2024, arXiv:2306.05424, section 3.1): x: [videos, frames, patches, width], there: [videos, frames] of 0 and 1 ->
 * [videos, frames + patches, width]: the mean of the patches of each frame, zero for frames that are not there, then for each patch its mean over those
 * that are.
 */
export function spaceTimeMeans(x: Tensor, there: Tensor): Tensor {
  const inTime = x.mean([2]).mul(there.unsqueeze(2));
  const kept = x.mul(there.unsqueeze(2).unsqueeze(3));
  const inSpace = kept.sum([1]).div(there.sum([1], true).unsqueeze(2));
  return concat([inTime, inSpace], 1);
}

/** Means of the squares of a grid of patches: x: [pictures, side², width] -> [pictures, grid², width]. */
export function gridMeans(x: Tensor, grid: number): Tensor {
  const [n, width] = [x.size(1), x.size(2)];
  const side = Math.sqrt(n);
  const cell = side / grid;
  return x
    .reshape([-1, grid, cell, grid, cell, width])
    .mean([2, 4])
    .reshape([-1, grid * grid, width]);
}

/** The frames of a video through an encoder of pictures; a video is one item. Name of the encoder: `frame`. */
export class FramesNetwork extends Module implements EncoderNetwork {
  frame: PictureNetwork;
  constructor(
    frame: PictureNetwork,
    readonly config: FramesConfig,
  ) {
    super();
    this.frame = frame;
  }
  get width(): number {
    return this.frame.width;
  }
  get tokenCount(): number {
    const { frames, keep, grid } = this.config;
    return keep === 'means' ? frames + this.frame.tokenCount : frames * grid * grid;
  }
  /** The inputs `pixels` [videos, frames, 3, height, width] and `there` [videos, frames] -> [videos, tokenCount, width]. */
  encode(): Tensor {
    const { frames, keep, grid } = this.config;
    const [height, width] = this.frame.pictureSize;
    const pixels = input('pixels', ['videos', frames, 3, height, width]).reshape([-1, 3, height, width]);
    const there = input('there', ['videos', frames]);
    const tokens = this.frame.tokens(pixels);
    if (keep === 'means') return spaceTimeMeans(tokens.reshape([-1, frames, this.frame.tokenCount, this.width]), there);
    const each = gridMeans(tokens, grid).reshape([-1, frames, grid * grid, this.width]);
    return each.mul(there.unsqueeze(2).unsqueeze(3)).reshape([-1, frames * grid * grid, this.width]);
  }
}

/**
 * An encoder of videos; an image is a video of one frame. @example frames({ of: clipVision({…}), frames: 8, keep: 'means' })
 * Errors: `model.config` for a grid that the patches do not have, `model.encoder` for an encoder that does not take pictures.
 */
export const frames = defineEncoder<FramesConfig, FramesNetwork, z.input<typeof framesConfig>>('frames', {
  config: framesConfig.superRefine(({ of, keep, grid }, context) => {
    if (keep === 'means') return;
    const side = Math.sqrt(pictureEncoder(of, 'frames: of').network.tokenCount);
    if (!Number.isInteger(side) || side % grid !== 0)
      context.addIssue({ code: 'custom', path: ['grid'], message: `a divisor of the ${side} patches on a side`, input: grid });
  }),
  network: (config) => new FramesNetwork(pictureEncoder(config.of, 'frames: of').network, config),
  reader(network, config) {
    const { images } = pictureEncoder(config.of, 'frames: of');
    const of = (given: readonly RgbImage[]): EncodedMedium => {
      const count = Math.min(given.length, config.frames);
      const taken = sampleIndices(given.length, count).map((i) => given[i] as RgbImage);
      const [height, width] = network.frame.pictureSize;
      return {
        feeds: {
          async pixels() {
            const all = hostTensor('float32', [1, config.frames, 3, height, width]);
            all.data.set((await picturePixels(taken, images, [height, width])).data);
            return all;
          },
          there: () =>
            hostTensor(
              'float32',
              [1, config.frames],
              Float32Array.from({ length: config.frames }, (_, t) => (t < count ? 1 : 0)),
            ),
        },
      };
    };
    return { imageItems: 1, image: (image) => of([image]), video: ({ frames: given }: Frames) => of(given) };
  },
});
