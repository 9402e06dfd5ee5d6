// PaliGemma's processor: all images, `<bos>`, the prompt and a line break, which see each other; the reply sees what is before it.

import { type ImageProcessor, imageProcessor, type RgbImage } from '../../../media/index.js';
import type { ChatMessage, PromptIds, Tokenizer } from '../../../text/index.js';
import { textOf } from '../../../text/plain-text.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { assertTowerSize, towerPixels } from '../llava/tower-pixels.js';
import type { PaliGemma, PaliGemmaConfig } from './network.js';

/** PaliGemmaProcessor. Tags in a text (`<loc0512>`) are the tokens that they spell: places are asked about and answered in them. */
export class PaliGemmaProcessor implements MultimodalProcessor {
  readonly joins = true;
  readonly reply = { special: true };
  readonly template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
  readonly everyImage: readonly number[];
  constructor(
    readonly imageTokenId: number,
    readonly images: ImageProcessor,
    private readonly parts: { tokenizer: Tokenizer; begin: number; side: number; imageTokens: number },
  ) {
    this.everyImage = new Array<number>(parts.imageTokens).fill(imageTokenId);
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { side } = this.parts;
    return images.map((image) => {
      assertTowerSize(image, this.images, side);
      return { ids: this.everyImage, feeds: feedsFrom({ pixels: () => towerPixels([image], this.images, side) }) };
    });
  }

  prompt(messages: readonly ChatMessage[], images: readonly (readonly number[])[]): PromptIds {
    const { tokenizer, begin } = this.parts;
    const text = tokenizer.encode(`${textOf(messages)}\n`, { special: true });
    let at = 0;
    const imageRuns = images.map((ids): [number, number] => {
      at += ids.length;
      return [at - ids.length, ids.length];
    });
    return { ids: Int32Array.from([...images.flat(), begin, ...text]), imageRuns };
  }

  tokenPositions(n: number, _images: unknown, prompt = n): Int32Array {
    const places = Int32Array.from({ length: 2 * n }, (_, i) => i % n);
    return places.fill(prompt, n, n + prompt);
  }
}

/** The processor of a folder. Errors: `text.fit` for a tokenizer without `<bos>`, `media.config`, `model.processor`. */
export async function paliGemmaProcessor({ dir, config, network, tokenizer }: ProcessorSource<PaliGemma, PaliGemmaConfig>) {
  const { image, place } = await readProcessorConfigs(dir);
  return new PaliGemmaProcessor(config.image_token_index, imageProcessor(image, place), {
    tokenizer,
    begin: requiredToken(tokenizer, '<bos>'),
    side: config.vision_config.image_size,
    imageTokens: network.imageTokens,
  });
}
