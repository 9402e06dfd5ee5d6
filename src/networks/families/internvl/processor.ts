// InternVL's processor: an image as tiles and a view of the whole, a video as numbered frames of one tile each.

import { frameProcessor, GotOcr2ImageProcessor, type ImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import type { Tokenizer } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { assertTowerSize, towerPixels } from '../llava/tower-pixels.js';
import type { InternVlConfig } from './config.js';
import type { InternVl } from './network.js';

const [START, END, VIDEO] = ['<img>', '</img>', '<video>'];

/** InternVLProcessor. */
export class InternVlProcessor implements MultimodalProcessor {
  /** Tiles are many: generation takes one image at a time. */
  readonly joins = false;
  readonly joinable = true;
  readonly videoTokenId: number | undefined;
  constructor(
    readonly imageTokenId: number,
    readonly images: GotOcr2ImageProcessor,
    private readonly frames: ImageProcessor,
    private readonly parts: { network: InternVl; tokenizer: Tokenizer },
  ) {
    this.videoTokenId = parts.tokenizer.tokenId(VIDEO);
  }

  /** The ids of one image: `tiles` times those of a tile, between their edges. */
  private between(tiles: number): number[] {
    const { network, tokenizer } = this.parts;
    const rows = new Array<number>(tiles * network.tileTokens).fill(this.imageTokenId);
    return [requiredToken(tokenizer, START), ...rows, requiredToken(tokenizer, END)];
  }

  private placed(ids: readonly number[]): Pick<PreparedImage, 'ids' | 'rows'> {
    return { ids, rows: [...ids.keys()].filter((i) => ids[i] === this.imageTokenId) };
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    return images.map((image) => {
      const { tiles, width, height } = this.images.layout(image);
      const pixels = async () => {
        const { side } = this.images;
        return hostTensor(
          'float32',
          [tiles, 3, side, side],
          await processOff(this.images, 'process', [image], { output: { width, height } }),
        );
      };
      return { ...this.placed(this.between(tiles)), feeds: feedsFrom({ pixels }) };
    });
  }

  /** `Frame1: `, a tile, a new line, `Frame2: ` and so on. */
  prepareVideo(frames: readonly RgbImage[]): PreparedImage {
    const { tokenizer } = this.parts;
    const { side } = this.images;
    for (const frame of frames) assertTowerSize(frame, this.frames, side);
    const ids = frames.flatMap((_, i) => [...tokenizer.encode(`${i === 0 ? '' : '\n'}Frame${i + 1}: `), ...this.between(1)]);
    return { ...this.placed(ids), feeds: feedsFrom({ pixels: () => towerPixels(frames, this.frames, side) }), variant: 'video' };
  }
}

/** The processor of a folder. Errors: `model.processor` when its tiles are not what the network takes. */
export async function internVlProcessor({ dir, config, network, tokenizer }: ProcessorSource<InternVl, InternVlConfig>) {
  const { image, place, processor, frames, framesPlace } = await readProcessorConfigs(dir);
  const images = GotOcr2ImageProcessor.fromConfig(image, place);
  const { image_size } = config.vision_config;
  const wrong = (where: string, expected: string, got: unknown): SensoriumError =>
    new SensoriumError('model.processor', 'the tiles do not fit the vision encoder', { place: where, expected, got: String(got) });
  if (images.side !== image_size) throw wrong(`${place}: size`, `vision_config.image_size of config.json, ${image_size}`, images.side);
  const length = processor.image_seq_length;
  if (length !== undefined && length !== network.tileTokens)
    throw wrong(`${dir}/processor_config.json: image_seq_length`, `${network.tileTokens}, from the sizes of config.json`, length);
  const size = { height: image_size, width: image_size };
  return new InternVlProcessor(config.image_token_id, images, frameProcessor({ size, ...frames }, framesPlace), { network, tokenizer });
}
