// Gemma 3's processor: every image is one picture between its edges, with empty lines around, and its tokens see each other.

import { type ImageProcessor, imageProcessor, type RgbImage } from '../../../media/index.js';
import type { RenderedChat, TextPiece } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, rowRuns } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { assertTowerSize, towerPixels } from '../llava/tower-pixels.js';
import type { Gemma3, Gemma3Config } from './network.js';

const LINES = '\n\n';

/** Gemma3Processor, without pan and scan. */
export class Gemma3Processor implements MultimodalProcessor {
  readonly joins = true;
  readonly everyImage: readonly number[];
  private readonly rows: readonly number[];
  constructor(
    private readonly config: Gemma3Config,
    readonly images: ImageProcessor,
  ) {
    const { mm_tokens_per_image: n, image_token_index, boi_token_index, eoi_token_index } = config;
    this.everyImage = [boi_token_index, ...new Array<number>(n).fill(image_token_index), eoi_token_index];
    this.rows = Array.from({ length: n }, (_, i) => 1 + i);
  }

  /** Templates write the token that an image begins with. */
  get imageTokenId(): number {
    return this.config.boi_token_index;
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { image_size: side } = this.config.vision_config;
    return images.map((image) => {
      assertTowerSize(image, this.images, side);
      return { ids: this.everyImage, rows: this.rows, feeds: feedsFrom({ pixels: () => towerPixels([image], this.images, side) }) };
    });
  }

  /** An empty line before and behind each image, which may be one token with line breaks of the text beside it. */
  adapt(rendered: RenderedChat, imageToken: string): RenderedChat {
    const pieces: TextPiece[] = [];
    const grown: number[] = []; // places of the old text before which lines were put
    const write = (text: string): void => {
      const last = pieces.at(-1);
      if (last && !last.special) pieces[pieces.length - 1] = { ...last, text: last.text + text };
      else pieces.push({ text, special: false });
    };
    let at = 0;
    for (const piece of rendered.pieces) {
      const isImage = piece.special && piece.text === imageToken;
      if (isImage) {
        write(LINES);
        grown.push(at);
      }
      if (piece.special) pieces.push(piece);
      else write(piece.text);
      at += piece.text.length;
      if (isImage) {
        write(LINES);
        grown.push(at);
      }
    }
    const moved = (place: number): number => place + LINES.length * grown.filter((g) => g <= place).length;
    const text = pieces.map((piece) => piece.text).join('');
    return { ...rendered, text, pieces, spans: rendered.spans.map(([a, b]) => [moved(a), moved(b)]) };
  }

  tokenPositions(n: number, images: readonly { prepared: PreparedImage; start: number }[]): Int32Array {
    const places = Int32Array.from({ length: 2 * n }, (_, i) => i % n);
    for (const { prepared, start } of images)
      for (const [from, length] of rowRuns(prepared, start)) places.fill(from + length, n + from, n + from + length);
    return places;
  }
}

/** The processor of a folder. Errors: `model.processor` for one that pans and scans, or makes other pictures than the tower takes. */
export async function gemma3Processor({ dir, config }: ProcessorSource<Gemma3, Gemma3Config>): Promise<Gemma3Processor> {
  const { image, place, processor } = await readProcessorConfigs(dir);
  if (image.do_pan_and_scan === true)
    throw new SensoriumError('model.processor', 'images cannot be cut by pan and scan here', {
      place: `${place}: do_pan_and_scan`,
      expected: 'false or null',
      got: 'true',
      hint: 'Set it to false: every image is then seen whole',
    });
  const length = processor.image_seq_length;
  if (length !== undefined && length !== config.mm_tokens_per_image)
    throw new SensoriumError('model.processor', 'the tokens of an image do not fit the network', {
      place: `${dir}/processor_config.json: image_seq_length`,
      expected: `${config.mm_tokens_per_image}, mm_tokens_per_image of config.json`,
      got: String(length),
    });
  return new Gemma3Processor(config, imageProcessor(image, place));
}
