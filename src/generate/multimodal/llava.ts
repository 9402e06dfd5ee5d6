// LLaVA 1.5: CLIP's preprocessing, and as many image tokens for every image as the connector emits.

import { join } from 'node:path';
import { ClipImageProcessor, type RgbImage } from '../../media/index.js';
import type { MllmConfig, MllmNetwork } from '../../models/index.js';
import { hostTensor } from '../../util/host.js';
import { FILES } from '../../weights/index.js';
import type { MultimodalProcessor, PreparedImage, ProcessorSource } from './processor.js';

/** LlavaProcessor: images alone. */
export class LlavaProcessor implements MultimodalProcessor {
  readonly joins = true;
  readonly everyImage: readonly number[];
  constructor(
    readonly imageTokenId: number,
    readonly images: ClipImageProcessor,
    /** Tokens of an image, and the side that the encoder takes. */
    private readonly sizes: { imageTokens: number; imageSize: number },
  ) {
    this.everyImage = new Array<number>(sizes.imageTokens).fill(imageTokenId);
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const side = this.sizes.imageSize;
    return images.map((image) => {
      const pixels = hostTensor('float32', [1, 3, side, side]);
      this.images.processInto(image, pixels.data);
      return { ids: this.everyImage, feeds: { pixels } };
    });
  }
}

/** The processor of a LLaVA folder. */
export async function llavaProcessor({ dir, config, network }: ProcessorSource<MllmNetwork, MllmConfig>): Promise<LlavaProcessor> {
  const images = await ClipImageProcessor.load(join(dir, FILES.preprocessor));
  const { imageTokens } = network;
  return new LlavaProcessor(config.image_token_index, images, { imageTokens, imageSize: config.vision_config.image_size });
}
