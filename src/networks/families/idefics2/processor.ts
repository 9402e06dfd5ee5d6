// Idefics 2: a fixed number of tokens between boundary tokens for each view, and words kept apart from the boundaries.

import { Idefics2ImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import type { RenderedChat, TextPiece } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { ideficsPositions } from '../../encoders/idefics-vision.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import type { Idefics2, Idefics2Config } from './network.js';

const FAKE = '<fake_token_around_image>';

/** Idefics2Processor: images alone. */
export class Idefics2Processor implements MultimodalProcessor {
  readonly joins = false;
  readonly sharesImageEdges = true;
  readonly everyImage: readonly number[];
  private readonly fake: number;
  constructor(
    readonly imageTokenId: number,
    readonly images: Idefics2ImageProcessor,
    private readonly parts: { network: Idefics2; fake: number },
  ) {
    this.fake = parts.fake;
    const tokens = new Array<number>(parts.network.imageTokens).fill(imageTokenId);
    const views = images.config.do_image_splitting ? 5 : 1;
    this.everyImage = [this.fake, ...Array.from({ length: views }, () => [...tokens, this.fake]).flat()];
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const rows = [...this.everyImage.keys()].filter((i) => this.everyImage[i] === this.imageTokenId);
    return images.map((image) => ({ ids: this.everyImage, rows, feeds: this.feeds(image) }));
  }

  /** Patches of all views: whole ones, since transformers takes a patch that is partly padding for padding. */
  private feeds(image: RgbImage): PreparedImage['feeds'] {
    const { patch_size: p, image_size } = this.parts.network.config.vision_config;
    const side = Math.floor(image_size / p);
    const grids = this.images.viewSizes(image).map(({ width, height }) => [Math.floor(height / p), Math.floor(width / p)] as const);
    const most = Math.max(...grids.map(([rows, columns]) => rows * columns));
    return feedsFrom({
      patches: async () => {
        const output = { width: grids.length * most, height: p * p };
        const patches = await processOff(this.images, 'patches', [image, p, most], { output });
        return hostTensor('float32', [grids.length, most, 3 * p * p], patches);
      },
      positions: () => {
        const positions = hostTensor('int32', [grids.length, most]);
        positions.data.fill(-1);
        for (const [i, grid] of grids.entries()) positions.data.set(ideficsPositions(...grid, side), i * most);
        return positions;
      },
    });
  }

  /** Images that follow one another share a boundary, and a word after one gets the space that its token begins with. */
  adapt(rendered: RenderedChat, imageToken: string): RenderedChat {
    const isImage = (piece: TextPiece | undefined): boolean => piece?.special === true && piece.text === imageToken;
    const { pieces } = rendered;
    const spaces: number[] = []; // where the text gets one
    let at = 0;
    const spaced = pieces.flatMap((piece, i): TextPiece[] => {
      const start = at;
      at += piece.text.length;
      if (!isImage(pieces[i - 1]) || isImage(piece) || /^[\s<]/.test(piece.text)) return [piece];
      spaces.push(start);
      return piece.special ? [{ text: ' ', special: false }, piece] : [{ ...piece, text: ` ${piece.text}` }];
    });
    const moved = (place: number): number => place + spaces.filter((space) => space <= place).length;
    return {
      ...rendered,
      text: spaced.map(({ text }) => text).join(''),
      pieces: spaced,
      spans: rendered.spans.map(([a, b]) => [moved(a), moved(b)]),
    };
  }
}

/** The processor of a folder. Errors: `text.fit` for a tokenizer without the boundary token, `model.processor`. */
export async function idefics2Processor({ dir, config, network, tokenizer }: ProcessorSource<Idefics2, Idefics2Config>) {
  const { image, place, processor } = await readProcessorConfigs(dir);
  const fake = tokenizer.specialTokens.get(FAKE);
  if (fake === undefined)
    throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: it has no boundary token for images', {
      place: tokenizer.place,
      expected: `the special token ${FAKE}`,
      got: 'none',
    });
  const length = processor.image_seq_len;
  if (length !== undefined && length !== network.imageTokens)
    throw new SensoriumError('model.processor', 'the tokens of an image do not fit the network', {
      place: `${dir}/processor_config.json: image_seq_len`,
      expected: `${network.imageTokens}, as perceiver_config.resampler_n_latents`,
      got: String(length),
    });
  return new Idefics2Processor(config.image_token_id, Idefics2ImageProcessor.fromConfig(image, place), { network, fake });
}
