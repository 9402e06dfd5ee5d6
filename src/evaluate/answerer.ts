// What is being measured: something that answers questions about images and captions them, in batches.

import type { Language, Pixels } from './samples.js';

/** Answers a batch of questions, one reply each, in order. `image` is RGB, 64×64×3 bytes in the scene world. */
export type Answer = (batch: { image: Pixels; question: string }[], signal?: AbortSignal) => Promise<string[]>;

/** Captions a batch of images, one caption each, in order. */
export type Caption = (batch: { image: Pixels; language: Language }[], signal?: AbortSignal) => Promise<string[]>;

/** A model under test. It is given pixels and words only, never the truth. */
export interface Answerer {
  answer: Answer;
  caption: Caption;
}
