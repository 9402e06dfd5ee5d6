// Connectors that read the instruction (InstructBLIP): its words go to the vision program with the pixels of the image that they stand with.

import type { RgbImage } from '../../../media/index.js';
import type { ChatMessage, Tokenizer } from '../../../text/index.js';
import { isImagePart, mediaParts } from '../../../text/messages.js';
import { textOf } from '../../../text/plain-text.js';
import { hostTensor } from '../../../util/host.js';
import type { Connector } from '../../parts.js';
import type { MultimodalProcessor, PreparedImage } from '../../processor.js';

/** What is known of the connector and of how it reads. */
interface Reader {
  network: { readonly multi_modal_projector: Connector };
  tokenizer: Tokenizer;
}

/** The words beside each image of a conversation: the text of the message that it stands in, never that of a reply. */
function instructions(messages: readonly ChatMessage[]): string[] {
  return messages.flatMap((message) =>
    mediaParts([message])
      .filter(isImagePart)
      .map(() => textOf([message]).trim()),
  );
}

/**
 * A processor that also feeds `instruction` and `instruction_mask`, int32 [1, n], where the network's connector reads n words; the same processor
 * where it reads none. Longer instructions are cut, shorter ones filled up, so that images with any instruction go through the program together.
 */
export function withInstruction<P extends MultimodalProcessor>(processor: P, { network, tokenizer }: Reader): P {
  const length = network.multi_modal_projector.instructionLength;
  if (length === undefined) return processor;
  const read = (text: string): Record<'instruction' | 'instruction_mask', () => ReturnType<typeof hostTensor>> => {
    const words = tokenizer.encode(text).slice(0, length);
    const filled = (values: ArrayLike<number>): ReturnType<typeof hostTensor> => {
      const tensor = hostTensor('int32', [1, length]);
      tensor.data.set(values);
      return tensor;
    };
    // A conversation without words has one that means nothing: attention needs something to read.
    const mask = new Array<number>(Math.max(1, words.length)).fill(1);
    return { instruction: () => filled(words), instruction_mask: () => filled(mask) };
  };
  const about = (medium: PreparedImage, text: string): PreparedImage => {
    const words = read(text);
    return {
      ...medium,
      variant: `${medium.variant ?? ''}${text}`,
      async feeds(names) {
        const own = Object.entries(words).filter(([name]) => names?.includes(name) ?? true);
        const others = names?.filter((name) => !(name in words));
        const pixels = others?.length === 0 ? {} : await medium.feeds(others);
        return { ...pixels, ...Object.fromEntries(own.map(([name, make]) => [name, make()])) };
      },
    };
  };
  return Object.assign(Object.create(processor) as P, {
    about,
    prepare(images: readonly RgbImage[], messages: readonly ChatMessage[]): PreparedImage[] {
      const texts = instructions(messages);
      return processor.prepare(images, messages).map((image, i) => about(image, texts[i] ?? ''));
    },
  });
}
