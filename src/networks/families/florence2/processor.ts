// Florence-2: an image of a fixed number of tokens, then a task in words; replies with places in location tokens.

import { type ImageProcessor, imageProcessor, type RgbImage } from '../../../media/index.js';
import { locMiddles } from '../../../text/coordinates.js';
import type { Grounded } from '../../../text/grounding.js';
import { type ChatMessage, framedIds, type PromptIds, type Tokenizer } from '../../../text/index.js';
import { oneImage, textOf } from '../../../text/plain-text.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { assertTowerSize, towerPixels } from '../llava/tower-pixels.js';
import { type Florence2Config, florence2Rows } from './network.js';
import { type ReplyRules, readFlorence } from './reply.js';
import { taskOf, taskWords } from './tasks.js';

/** What a prompt looks like as text; `prompt` writes its ids. */
const TEMPLATE =
  "{% for m in messages %}{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for p in m['content'] %}" +
  "{% if p['type'] == 'text' %}{{ p['text'] }}{% endif %}{% endfor %}{% endif %}{% if not loop.last %} {% endif %}{% endfor %}";

/** Tokens of tasks and places, which published tokenizers mark as special although prompts and replies are made of them. */
export const florence2Tags =
  /^<(loc_\d+|\/?poly|sep|\/?od|\/?ocr|\/?grounding|ground|\/?cap|\/?dcap|\/?ncap|\/?seg|\/?proposal|\/?region_\w+|and|rec|box|\/box|bbox|\/bbox)>$/;

/** Florence2Processor. */
export class Florence2Processor implements MultimodalProcessor {
  readonly template = TEMPLATE;
  readonly joins = true;
  readonly everyImage: readonly number[];
  constructor(
    readonly imageTokenId: number,
    readonly images: ImageProcessor,
    private readonly parts: { tokenizer: Tokenizer; rows: number; side: number; rules: ReplyRules },
  ) {
    this.everyImage = new Array<number>(parts.rows).fill(imageTokenId);
  }

  /** Errors: `model.images` for more than one image, `text.messages` for a task with too much or too little beside its tag. */
  prompt(messages: readonly ChatMessage[], images: readonly (readonly number[])[]): PromptIds {
    oneImage(images.length);
    const seen = images[0] ?? [];
    const words = framedIds(this.parts.tokenizer, taskWords(textOf(messages).trim()));
    return { ids: Int32Array.from([...seen, ...words]), imageRuns: images.map(() => [0, seen.length]) };
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { side } = this.parts;
    return images.map((image) => {
      assertTowerSize(image, this.images, side);
      return { ids: this.everyImage, feeds: feedsFrom({ pixels: () => towerPixels([image], this.images, side) }) };
    });
  }

  readReply(text: string, asked: readonly ChatMessage[] = []): Grounded {
    return readFlorence(text, taskOf(textOf(asked))?.form, this.parts.rules);
  }
}

/** The processor of a folder. Errors: `media.config`, `model.processor`, `util.missing`. */
export async function florence2Processor({
  dir,
  config,
  tokenizer,
}: Pick<ProcessorSource<never, Florence2Config>, 'dir' | 'config' | 'tokenizer'>): Promise<Florence2Processor> {
  const { image, place, processor } = await readProcessorConfigs(dir);
  const { phrase_grounding: phrases, ocr } = (processor.post_processor_config ?? {}) as {
    phrase_grounding?: { banned_grounding_tokens?: unknown };
    ocr?: { AREA_THRESHOLD?: unknown };
  };
  const banned = phrases?.banned_grounding_tokens;
  const rules: ReplyRules = {
    convention: locMiddles(),
    banned: new Set(Array.isArray(banned) ? banned.filter((token): token is string => typeof token === 'string') : []),
    leastArea: typeof ocr?.AREA_THRESHOLD === 'number' ? ocr.AREA_THRESHOLD : 0,
  };
  const parts = { tokenizer, rows: florence2Rows(config), side: config.vision_config.image_size, rules };
  return new Florence2Processor(config.image_token_id, imageProcessor(image, place), parts);
}
