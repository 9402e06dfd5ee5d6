// CogAgent's two encoders: rows of the first go into the sequence; each carries, past the connector, the rows of a lighter second one where it lies.

import { z } from 'zod';
import { concat, type Tensor, withInputs } from '../../graph/index.js';
import type { HeightWidth, ImageProcessor, RgbImage } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { defineEncoder, type EncoderNetwork, encoderConfig } from './define.js';
import { assertPictureSize, type PictureNetwork, pictureEncoder, pictureInput, picturePixels } from './pictures.js';

const schema = z.object({
  /** Whose tokens go through the connector into the sequence. */
  low: encoderConfig,
  /** Of more pixels and a smaller width; its grid is that of `low` times a whole number on each side. */
  high: encoderConfig,
});
type Config = z.infer<typeof schema>;

/** Two encoders of pictures, both with grids. */
export class TwoResolutions extends Module implements EncoderNetwork {
  /** Rows and columns of tokens of `high` for one of `low`. */
  readonly block: HeightWidth;
  constructor(
    readonly low: PictureNetwork,
    readonly high: PictureNetwork,
  ) {
    super();
    const [few, many] = [low.grid, high.grid];
    if (!few || !many || many.some((n, axis) => n % (few[axis] as number) !== 0))
      throw new SensoriumError('model.config', 'the tokens of two resolutions do not lie in blocks', {
        place: 'two-resolutions: high',
        expected: few ? `a grid of ${few.join(' x ')} times whole numbers` : 'encoders whose tokens are a grid',
        got: many ? many.join(' x ') : 'no grid',
      });
    this.block = [(many[0] as number) / (few[0] as number), (many[1] as number) / (few[1] as number)];
  }
  get width(): number {
    return this.low.width;
  }
  get tokenCount(): number {
    return this.low.tokenCount;
  }
  get carried(): number {
    return this.block[0] * this.block[1] * this.high.width;
  }

  /** Inputs `pixels` and `high.pixels`, [pictures, 3, height, width] -> [pictures, tokenCount, width + carried]. */
  encode(): Tensor {
    return this.trace(() => {
      const own = this.low.tokens(pictureInput(this.low));
      const [rows, columns] = this.low.grid as HeightWidth;
      const [down, across] = this.block;
      const { width } = this.high;
      const blocks = this.high
        .tokens(withInputs({ prefix: 'high.' }, () => pictureInput(this.high)))
        .reshape([-1, rows, down, columns, across, width])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([-1, rows * columns, this.carried]);
      return concat([own, blocks], 2);
    });
  }
}

/**
 * Pictures in two resolutions (Hong et al. 2023, arXiv:2312.08914): `highResolution({ width, block })` reads the second in every layer, `width` the second encoder's and
 * `block` how many of its tokens lie in one of the first's. Errors: `model.config` for grids that do not lie in blocks.
 * @example mllm({ vision: twoResolutions({ low: clipVision({…}), high: clipVision({…}) }), adapters: [highResolution({ width: 32, block: 4 })], … })
 */
export const twoResolutions = defineEncoder<Config, TwoResolutions>('two-resolutions', {
  config: schema,
  network: ({ low, high }) =>
    new TwoResolutions(pictureEncoder(low, 'two-resolutions: low').network, pictureEncoder(high, 'two-resolutions: high').network),
  reader: (network, { low, high }) => {
    const parts = [
      ['pixels', network.low, pictureEncoder(low).images],
      ['high.pixels', network.high, pictureEncoder(high).images],
    ] as const satisfies readonly (readonly [string, PictureNetwork, ImageProcessor])[];
    return {
      imageItems: 1,
      image: (image: RgbImage) => {
        for (const [, of, images] of parts) assertPictureSize(image, images, of.pictureSize);
        return {
          feeds: Object.fromEntries(parts.map(([name, of, images]) => [name, () => picturePixels([image], images, of.pictureSize)])),
        };
      },
    };
  },
});
