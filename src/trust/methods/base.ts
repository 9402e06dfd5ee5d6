// The model as it is: what every method is compared with.

import type { DecodingMethod } from './method.js';

/** Greedy replies of the model under test. */
export const base: DecodingMethod = {
  name: 'base',
  about: 'The model as it is, greedy.',
  model: ({ model }) => model,
};
