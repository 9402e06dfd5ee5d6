// Kosmos-2: an image of a fixed number of tokens before the text, and replies in which phrases are tied to boxes by patch-index tokens.

import { ClipImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import { type Grounded, readGrounded } from '../../../text/grounding.js';
import type { ChatMessage, PromptIds, Tokenizer } from '../../../text/index.js';
import { oneImage, textOf } from '../../../text/plain-text.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import type { Kosmos2, Kosmos2Config } from './network.js';

/** Kosmos2Processor. Tags in a text, such as `<grounding>`, are the tokens that they spell: that is how this model is asked for boxes. */
export class Kosmos2Processor implements MultimodalProcessor {
  readonly joins = true;
  readonly marked = false;
  readonly reply = { special: true, space: true };
  readonly template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
  readonly everyImage: readonly number[];
  private readonly rows: readonly number[];
  constructor(
    readonly imageTokenId: number,
    readonly images: ClipImageProcessor,
    private readonly parts: {
      tokenizer: Tokenizer;
      begin: number;
      end: number;
      first: number;
      latents: number;
      side: number;
      patches: number;
    },
  ) {
    const { end, first, latents } = parts;
    this.everyImage = [imageTokenId, ...Array.from({ length: latents }, (_, i) => first + i), end];
    this.rows = Array.from({ length: latents }, (_, i) => 1 + i);
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { side } = this.parts;
    const pixelsOf = async (image: RgbImage) =>
      hostTensor('float32', [1, 3, side, side], await processOff(this.images, 'process', [image]));
    return images.map((image) => ({
      ids: this.everyImage,
      rows: this.rows,
      feeds: feedsFrom({ pixels: () => pixelsOf(image) }),
    }));
  }

  prompt(messages: readonly ChatMessage[], images: readonly (readonly number[])[]): PromptIds {
    oneImage(images.length);
    const seen = images[0] ?? [];
    const text = textOf(messages).trim();
    const ids = this.parts.tokenizer.encode(seen.length > 0 ? ` ${text}` : text, { special: true });
    return { ids: Int32Array.from([this.parts.begin, ...seen, ...ids]), imageRuns: images.map(() => [1, seen.length]) };
  }

  readReply(text: string): Grounded {
    return readGrounded(text, Math.floor(Math.sqrt(this.parts.patches)));
  }
}

/** The processor of a folder. Errors: `text.fit` for a tokenizer without Kosmos' tokens, `media.config`. */
export async function kosmos2Processor({ dir, config, tokenizer }: ProcessorSource<Kosmos2, Kosmos2Config>): Promise<Kosmos2Processor> {
  const { image, place, processor } = await readProcessorConfigs(dir);
  const images = ClipImageProcessor.fromConfig(image, place);
  const id = (name: string): number => requiredToken(tokenizer, name);
  const patches = typeof processor.num_patch_index_tokens === 'number' ? processor.num_patch_index_tokens : 1024;
  return new Kosmos2Processor(id('<image>'), images, {
    tokenizer,
    begin: id('<s>'),
    end: id('</image>'),
    first: id('<unk>') + 1,
    latents: config.latent_query_num,
    side: config.vision_config.image_size,
    patches,
  });
}
