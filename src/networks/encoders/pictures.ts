// Encoders of pictures of one size, which take images and frames of videos, and which encoders of tiles and of several towers are made of.

import type { z } from 'zod';
import { input, type Tensor } from '../../graph/index.js';
import { type HeightWidth, type ImageProcessor, processOff, type RgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import {
  type BuiltEncoder,
  defineEncoder,
  type EncoderConfig,
  type EncoderNetwork,
  type EncoderOptions,
  type EncoderSpec,
  encoderFrom,
  type MediaReader,
} from './define.js';

/** The network of an encoder of pictures of one size. */
export interface PictureNetwork extends EncoderNetwork {
  /** Height and width of its pixels. */
  readonly pictureSize: HeightWidth;
  /** Rows and columns of its tokens; undefined where they are not a grid. */
  readonly grid?: HeightWidth;
  /** The same for pictures of another size, which `tokens` then takes; undefined for a network that takes its own alone. */
  gridAt?(size: HeightWidth): HeightWidth;
  /** pixels: [pictures, 3, height, width] -> [pictures, tokenCount, width]. */
  tokens(pixels: Tensor): Tensor;
}

/** The input of a program that encodes pictures: `pixels` [pictures, 3, height, width]. */
export const pictureInput = ({ pictureSize: [height, width] }: PictureNetwork, axis = 'pictures'): Tensor =>
  input('pixels', [axis, 3, height, width]);

/** A kind of encoder of pictures of one size. */
export interface PictureKind<C extends object> {
  config?: z.ZodType<C>;
  network(config: C): PictureNetwork;
  /** What preprocessor_config.json says of its images, as `imageProcessor` reads it. */
  images(config: C): ImageProcessor;
}

/**
 * Defines a kind of encoder of pictures of one size: images are one item each, and videos one for each frame.
 * Errors of the result: `model.config`; see `defineEncoder`.
 */
export function definePictureEncoder<C extends object, I = C>(
  kind: string,
  definition: PictureKind<C>,
): (options: EncoderOptions<I>) => EncoderSpec {
  return defineEncoder<C, PictureNetwork, I>(kind, {
    ...definition,
    reader: (network, config) => pictureReader(network, definition.images(config)),
  });
}

/** Images as one picture each, and videos as one for each frame. */
export function pictureReader({ pictureSize }: PictureNetwork, images: ImageProcessor): MediaReader {
  const of = (pictures: readonly RgbImage[]) => {
    for (const picture of pictures) assertPictureSize(picture, images, pictureSize);
    return { items: pictures.length, feeds: { pixels: () => picturePixels(pictures, images, pictureSize) } };
  };
  return { imageItems: 1, image: (image) => of([image]), video: ({ frames }) => ({ ...of(frames), variant: 'video' }) };
}

/** An encoder of pictures of one size by its config. Errors: `model.encoder` for another kind, `model.config`. */
export function pictureEncoder(config: EncoderConfig, place?: string): BuiltEncoder<PictureNetwork> & { images: ImageProcessor } {
  const built = encoderFrom(config, place);
  if (built.images) return built as BuiltEncoder<PictureNetwork> & { images: ImageProcessor };
  throw new SensoriumError('model.encoder', 'this encoder does not take pictures of one size', {
    place: place ?? 'config.json: encoder',
    expected: 'one such as clip-vision, siglip-vision or dinov2',
    got: config.kind,
  });
}

/** Errors: `model.processor` where the processor makes of this size another than the encoder takes. */
export function assertPictureSize(size: { width: number; height: number }, processor: ImageProcessor, wanted: HeightWidth): void {
  const { width, height } = processor.outputSize(size);
  if (height === wanted[0] && width === wanted[1]) return;
  throw new SensoriumError('model.processor', 'the image processor makes pictures of another size than the encoder takes', {
    place: 'encoder: image_processor',
    expected: `${wanted[1]}x${wanted[0]}`,
    got: `${width}x${height}`,
  });
}

/** Pictures as an encoder takes them: [pictures, 3, height, width]. */
export async function picturePixels(
  pictures: readonly RgbImage[],
  processor: ImageProcessor,
  [height, width]: HeightWidth,
): Promise<HostTensor<'float32'>> {
  const pixels = hostTensor('float32', [pictures.length, 3, height, width]);
  for (const [i, picture] of pictures.entries()) pixels.data.set(await processOff(processor, 'process', [picture]), i * 3 * height * width);
  return pixels;
}
