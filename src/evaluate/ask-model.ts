// A model as something that is measured: pixels and words in, greedy replies out.

import type { RgbImage } from '../media/index.js';
import { captionRequest } from '../world/index.js';
import type { Answerer } from './answerer.js';

/** What measuring needs of a model: greedy replies to many questions at once. */
export interface Replier {
  answer(
    questions: readonly { image: RgbImage; question: string }[],
    options: { maxTokens: number; signal?: AbortSignal },
  ): Promise<string[]>;
}

/** Questions are answered in a few words, captions in detail. `size`: side of the images in pixels. */
export function answererOf(model: Replier, size: number): Answerer {
  const pictures = new WeakMap<Uint8Array, RgbImage>(); // the model encodes the same object once
  const picture = (data: Uint8Array): RgbImage => {
    let found = pictures.get(data);
    if (found === undefined) {
      found = { width: size, height: size, data };
      pictures.set(data, found);
    }
    return found;
  };
  return {
    answer: (batch, signal) =>
      model.answer(
        batch.map((item) => ({ image: picture(item.image), question: item.question })),
        { maxTokens: 24, signal },
      ),
    caption: (batch, signal) =>
      model.answer(
        batch.map((item) => ({ image: picture(item.image), question: captionRequest(item.language, 'long') })),
        { maxTokens: 128, signal },
      ),
  };
}
