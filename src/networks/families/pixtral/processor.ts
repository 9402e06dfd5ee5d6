// Pixtral's processor: an image at about its own size, a token for each patch, and one behind every row of them.

import { PixtralImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { qwenPlaces } from '../qwen-vl/vision.js';
import type { PixtralConfig } from './config.js';
import type { Pixtral } from './network.js';

/** PixtralProcessor. */
export class PixtralProcessor implements MultimodalProcessor {
  readonly joins = false;
  constructor(
    readonly imageTokenId: number,
    readonly images: PixtralImageProcessor,
    /** Ids behind a row of patches, and behind the last one. */
    private readonly ends: { row: number; image: number },
  ) {}

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    return images.map((image) => {
      const { rows, columns, width, height } = this.images.layout(image);
      const row = [...new Array<number>(columns).fill(this.imageTokenId), this.ends.row];
      const ids = Array.from({ length: rows }, () => row).flat();
      ids[ids.length - 1] = this.ends.image;
      const n = rows * columns;
      const feeds = feedsFrom({
        patches: async () => {
          const patches = await processOff(this.images, 'patches', [image], { output: { width, height } });
          return hostTensor('float32', [1, n, patches.length / n], patches);
        },
        places: () => hostTensor('int32', [2, 1, n], qwenPlaces([1, rows, columns], 1)),
      });
      return { ids, rows: [...ids.keys()].filter((i) => ids[i] === this.imageTokenId), feeds };
    });
  }
}

/** The processor of a folder. Errors: `model.processor` when its patches are not those of the network. */
export async function pixtralProcessor({ dir, config, tokenizer }: ProcessorSource<Pixtral, PixtralConfig>): Promise<PixtralProcessor> {
  const { image, place, processor } = await readProcessorConfigs(dir);
  const { patch_size: p } = config.vision_config;
  const fits = (at: string, patch: unknown): void => {
    if (patch === undefined || patch === null || patch === p) return;
    throw new SensoriumError('model.processor', 'the patches do not fit the vision encoder', {
      place: at,
      expected: `vision_config.patch_size of config.json, ${p}`,
      got: JSON.stringify(patch),
    });
  };
  fits(`${dir}/processor_config.json: patch_size`, processor.patch_size);
  const images = PixtralImageProcessor.fromConfig(image, place);
  fits(`${place}: patch_size`, images.patch);
  const named = (key: string, name: string): number => requiredToken(tokenizer, String(processor[key] ?? name));
  const ends = { row: named('image_break_token', '[IMG_BREAK]'), image: named('image_end_token', '[IMG_END]') };
  return new PixtralProcessor(config.image_token_index, images, ends);
}
