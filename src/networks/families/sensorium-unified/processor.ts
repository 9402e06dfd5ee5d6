// Images of a decoder over words and codes: a begin token, as many placeholders as an image has codes, an end token.

import { ClipImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import type { UnifiedConfig, UnifiedNetwork } from './network.js';

/** Pixels of a VQ-VAE: shortest side to its size, the middle of it, -1 to 1. */
export const vqImages = (size: number): ClipImageProcessor =>
  ClipImageProcessor.fromConfig({
    size: { shortest_edge: size },
    crop_size: { height: size, width: size },
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  });

/** The processor of a config; the folder holds nothing of it beside. */
export class UnifiedProcessor implements MultimodalProcessor {
  readonly imageTokenId: number;
  readonly everyImage: readonly number[];
  readonly joins = true;
  /** Replies in text hold none of them: codes are written where an image was begun, and nowhere else. */
  readonly unwritten: readonly number[];
  private readonly rows: readonly number[];
  private readonly images: ClipImageProcessor;
  constructor(config: UnifiedConfig, codes: number) {
    const { image_token_index: place, image_begin_index: begin, image_end_index: end, first_code_index: first } = config;
    const { image_size, num_embeddings } = config.vq_config;
    this.imageTokenId = place;
    this.everyImage = [begin, ...new Array<number>(codes).fill(place), end];
    this.rows = Array.from({ length: codes }, (_, i) => i + 1);
    this.unwritten = [place, end, ...Array.from({ length: num_embeddings }, (_, i) => first + i)];
    this.images = vqImages(image_size);
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { height, width } = this.images.config.crop_size;
    return images.map((image) => ({
      ids: this.everyImage,
      rows: this.rows,
      feeds: feedsFrom({
        pixels: async () => hostTensor('float32', [1, 3, height, width], await processOff(this.images, 'process', [image])),
      }),
    }));
  }
}

/** The processor of a folder. */
export const unifiedProcessor = async ({ config, network }: ProcessorSource<UnifiedNetwork, UnifiedConfig>): Promise<UnifiedProcessor> =>
  new UnifiedProcessor(config, network.image_tokenizer.codes);
