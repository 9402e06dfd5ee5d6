// LLaVA 1.5: pictures of the tower's size, and as many image tokens for each as the connector emits; regions of them, where a part reads these.

import { createHash } from 'node:crypto';
import {
  type Canvas,
  checkRegion,
  type ImageProcessor,
  imageProcessor,
  type Placement,
  processOff,
  type RgbImage,
  regionPixels,
} from '../../../media/index.js';
import { type ChatMessage, regionsOfImages } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { type HostTensor, hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { REGION_COUNTS, REGION_TOKEN, type RegionEncoder } from '../../regions/region-encoder.js';
import type { LlavaFields } from './config.js';
import type { LlavaNetwork } from './network.js';

/** LlavaProcessor's images. */
export class LlavaProcessor implements MultimodalProcessor {
  readonly joins = true;
  readonly everyImage: readonly number[];
  constructor(
    readonly imageTokenId: number,
    readonly images: ImageProcessor,
    /** Tokens of an image, and the side that the tower takes. */
    private readonly sizes: { imageTokens: number; imageSize: number },
    /** What reads regions, and the id of its token. */
    private readonly regions?: { encoder: RegionEncoder; tokenId: number },
  ) {
    this.everyImage = new Array<number>(sizes.imageTokens).fill(imageTokenId);
  }

  get region(): MultimodalProcessor['region'] {
    return this.regions && { tokenId: this.regions.tokenId, rows: this.regions.encoder.rows };
  }

  placement(image: { width: number; height: number }): Placement {
    return this.images.placement(image);
  }

  prepare(images: readonly RgbImage[], messages: readonly ChatMessage[] = []): PreparedImage[] {
    const { imageSize } = this.sizes;
    const regions = this.regions && messages.length > 0 ? regionsOfImages(messages) : [];
    return images.map((image, i) => {
      assertTowerSize(image, this.images, imageSize);
      const pixels = { pixels: () => towerPixels([image], this.images, imageSize) };
      if (!this.regions) return { ids: this.everyImage, feeds: feedsFrom(pixels) };
      const { encoder } = this.regions;
      const placement = this.placement(image);
      const drawn = (regions[i] ?? []).map((part) => regionPixels(checkRegion(part), { side: imageSize, placement }));
      const own = encoder.feeds(drawn);
      const counts = hostTensor('int32', [1], Int32Array.of(drawn.length));
      const made = Object.fromEntries(
        [...Object.entries(own), [REGION_COUNTS, counts] as const].map(([name, value]) => [name, () => value]),
      );
      return {
        ids: this.everyImage,
        feeds: feedsFrom({ ...pixels, ...made }),
        ...(drawn.length > 0 ? { regionRows: drawn.length * encoder.rows, variant: ` regions ${hashOf(drawn)}` } : {}),
      };
    });
  }
}

function hashOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
}

/** Errors: `model.processor` where the processor makes of this size another than the side that the tower takes. */
export function assertTowerSize(size: { width: number; height: number }, processor: ImageProcessor, side: number): void {
  const { width, height } = processor.outputSize(size);
  if (width !== side || height !== side)
    throw new SensoriumError('model.processor', 'the image processor makes pictures of another size than the model takes', {
      place: 'preprocessor_config.json: size, crop_size',
      expected: `${side}x${side} (image_size of vision_config)`,
      got: `${width}x${height}`,
    });
}

/** Pictures, or the canvas that the one picture lies on, as a tower takes them: [pictures, 3, side, side]. Errors: `model.processor`. */
export async function towerPixels(
  pictures: readonly RgbImage[],
  processor: ImageProcessor,
  side: number,
  { canvas, signal }: { canvas?: Canvas; signal?: AbortSignal } = {},
): Promise<HostTensor<'float32'>> {
  for (const picture of pictures) assertTowerSize(canvas ?? picture, processor, side);
  const each: Float32Array[] = [];
  for (const picture of pictures) each.push(await processOff(processor, 'process', [picture, canvas], { signal }));
  if (each.length === 1) return hostTensor('float32', [1, 3, side, side], each[0] as Float32Array);
  const pixels = hostTensor('float32', [pictures.length, 3, side, side]);
  for (const [i, picture] of each.entries()) pixels.data.set(picture, i * 3 * side * side);
  return pixels;
}

/** The processor of a LLaVA folder. */
export async function llavaProcessor({
  dir,
  config,
  network,
  tokenizer,
}: ProcessorSource<LlavaNetwork<LlavaFields>, LlavaFields>): Promise<LlavaProcessor> {
  const { image, place } = await readProcessorConfigs(dir);
  const { imageTokens } = network;
  const [encoder] = network.adapters;
  return new LlavaProcessor(
    config.image_token_index,
    imageProcessor(image, place),
    { imageTokens, imageSize: config.vision_config.image_size },
    encoder && { encoder, tokenId: requiredToken(tokenizer, REGION_TOKEN.content) },
  );
}
