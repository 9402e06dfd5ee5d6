// LLaVA 1.5: pictures of the tower's size, and as many image tokens for each as the connector emits.

import { type ImageProcessor, imageProcessor, type Placement, type RgbImage } from '../../../media/index.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { withRegions } from '../../regions/region-processor.js';
import type { LlavaFields } from './config.js';
import type { LlavaNetwork } from './network.js';
import { assertTowerSize, towerPixels } from './tower-pixels.js';

/** LlavaProcessor's images; `sizes`: tokens of an image, and the side that the tower takes. */
export class LlavaProcessor implements MultimodalProcessor {
  readonly joins = true;
  readonly everyImage: readonly number[];
  constructor(
    readonly imageTokenId: number,
    readonly images: ImageProcessor,
    private readonly sizes: { imageTokens: number; imageSize: number },
  ) {
    this.everyImage = new Array<number>(sizes.imageTokens).fill(imageTokenId);
  }

  placement(image: { width: number; height: number }): Placement {
    return this.images.placement(image);
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { imageSize } = this.sizes;
    return images.map((image) => {
      assertTowerSize(image, this.images, imageSize);
      return { ids: this.everyImage, feeds: feedsFrom({ pixels: () => towerPixels([image], this.images, imageSize) }) };
    });
  }
}

/** The processor of a LLaVA folder; it also takes regions where a part of the network reads these. */
export async function llavaProcessor(source: ProcessorSource<LlavaNetwork<LlavaFields>, LlavaFields>): Promise<LlavaProcessor> {
  const { config, network, tokenizer } = source;
  const { image, place } = await readProcessorConfigs(source.dir);
  const sizes = { imageTokens: network.imageTokens, imageSize: config.vision_config.image_size };
  const processor = new LlavaProcessor(config.image_token_index, imageProcessor(image, place), sizes);
  return withRegions(processor, { encoder: network.adapters[0], tokenizer, side: sizes.imageSize });
}
