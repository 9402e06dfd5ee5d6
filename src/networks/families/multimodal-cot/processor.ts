// Multimodal-CoT: the words are the source, and the image's patches stand beside it.

import { type ImageProcessor, imageProcessor, type RgbImage } from '../../../media/index.js';
import { type ChatMessage, framedIds, type PromptIds, type Tokenizer } from '../../../text/index.js';
import { oneImage, textOf } from '../../../text/plain-text.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { assertTowerSize, towerPixels } from '../llava/tower-pixels.js';
import { type MultimodalCotConfig, patchesOf } from './network.js';

/** What a prompt looks like as text; `prompt` writes its ids. */
const TEMPLATE =
  "{% for m in messages %}{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for p in m['content'] %}" +
  "{% if p['type'] == 'text' %}{{ p['text'] }}{% endif %}{% endfor %}{% endif %}{% if not loop.last %} {% endif %}{% endfor %}";

/** Images for a `MultimodalCot`. */
export class MultimodalCotProcessor implements MultimodalProcessor {
  readonly template = TEMPLATE;
  readonly reply = { space: true };
  readonly joins = true;
  readonly everyImage: readonly number[] = [];
  constructor(
    readonly imageTokenId: number,
    readonly images: ImageProcessor,
    private readonly parts: { tokenizer: Tokenizer; patches: number; imageSize: number },
  ) {}

  /** Errors: `model.images` for more than one image. */
  prompt(messages: readonly ChatMessage[], images: readonly (readonly number[])[]): PromptIds {
    oneImage(images.length);
    return { ids: Int32Array.from(framedIds(this.parts.tokenizer, textOf(messages))), imageRuns: images.map(() => [0, 0]) };
  }

  /** Rows of an image all stand at the beginning of its source: they take the place of no token. */
  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { imageSize, patches } = this.parts;
    return images.map((image) => {
      assertTowerSize(image, this.images, imageSize);
      const rows = new Array<number>(patches).fill(0);
      return { ids: [], rows, feeds: feedsFrom({ pixels: () => towerPixels([image], this.images, imageSize) }) };
    });
  }
}

/** The processor of a folder. Errors: `media.config`, `util.missing`. */
export async function multimodalCotProcessor({
  dir,
  config,
  tokenizer,
}: Pick<ProcessorSource<never, MultimodalCotConfig>, 'dir' | 'config' | 'tokenizer'>): Promise<MultimodalCotProcessor> {
  const { image, place } = await readProcessorConfigs(dir);
  const parts = { tokenizer, patches: patchesOf(config), imageSize: config.vision_config.image_size };
  return new MultimodalCotProcessor(config.image_token_index, imageProcessor(image, place), parts);
}
