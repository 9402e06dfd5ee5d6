// Random demonstrations: drawn anew for every query, or the same for all of them.

import { Rng } from '../../../util/rng.js';
import type { DemoSelector } from './selector.js';

/** Others for each query. */
export const random: DemoSelector = {
  name: 'random',
  about: 'drawn anew for each question',
  needs: [],
  select: ({ from, shots, rng }) => rng.sample(from, shots),
};

/** The same for every query, and in the same order: drawn from the seed alone. */
export const fixed: DemoSelector = {
  name: 'fixed',
  about: 'drawn once, the same for all questions',
  needs: [],
  select: ({ from, shots, seed }) => new Rng(`fixed demos/${seed}`).sample(from, shots),
};
