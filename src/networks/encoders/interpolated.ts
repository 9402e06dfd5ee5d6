// A tower at another resolution than it was trained at: its learned positions are interpolated (transformers' `interpolate_pos_encoding`).

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { ClipImageProcessor, type HeightWidth, type ImageProcessor } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { encoderConfig } from './define.js';
import { definePictureEncoder, type PictureNetwork, pictureEncoder, pictureInput } from './pictures.js';

const side = z.number().int().positive();
const schema = z.object({
  of: encoderConfig,
  /** Pixels of the new pictures: a side, or height and width. */
  size: z.union([side, z.tuple([side, side])]),
});
type Config = z.infer<typeof schema>;

const sizeOf = ({ size }: Config): HeightWidth => (typeof size === 'number' ? [size, size] : size);

class Interpolated extends Module implements PictureNetwork {
  readonly tokenCount: number;
  constructor(
    readonly of: PictureNetwork,
    readonly pictureSize: HeightWidth,
  ) {
    super();
    const grid = of.gridAt?.(pictureSize);
    if (!grid)
      throw new SensoriumError('model.encoder', 'this encoder takes pictures of its own size alone', {
        place: 'interpolated: of',
        expected: 'a tower with positions that can be interpolated: clip-vision, siglip-vision, dinov2, or a convnext',
        got: of.constructor.name,
      });
    this.tokenCount = grid[0] * grid[1];
  }
  get width(): number {
    return this.of.width;
  }
  get grid(): HeightWidth {
    return this.of.gridAt?.(this.pictureSize) as HeightWidth;
  }
  tokens(pixels: Tensor): Tensor {
    return this.of.tokens(pixels);
  }
  encode(): Tensor {
    return this.tokens(pictureInput(this));
  }
}

/** The processor of an encoder with pictures bent to this size. Errors: `model.encoder` for a processor of another form than CLIP's. */
export function resizedImages(images: ImageProcessor, [height, width]: HeightWidth): ClipImageProcessor {
  if (images instanceof ClipImageProcessor)
    return ClipImageProcessor.fromConfig({ ...images.config, do_resize: true, size: { height, width }, do_center_crop: false });
  throw new SensoriumError('model.encoder', 'the pictures of this encoder cannot be brought to another size', {
    place: 'image_processor',
    expected: "CLIP's processor, or one of its form",
  });
}

/**
 * `of` with pictures of `size`, bent to it without a crop. Errors: `model.encoder` for encoders that take one size alone.
 * @example mllm({ vision: interpolated({ of: clipVision({ imageSize: 64, … }), size: 128 }), … })
 */
export const interpolated = definePictureEncoder<Config, z.input<typeof schema>>('interpolated', {
  config: schema,
  network: (config) => new Interpolated(pictureEncoder(config.of, 'interpolated: of').network, sizeOf(config)),
  images: (config) => resizedImages(pictureEncoder(config.of, 'interpolated: of').images, sizeOf(config)),
});
