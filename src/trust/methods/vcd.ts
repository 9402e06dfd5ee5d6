// Visual contrastive decoding (Leng et al. 2023): logits of the image against those of its noise.

import type { DecodingMethod } from './method.js';

/** Greedy replies under VCD; each token takes two rows of the network. */
export const vcd: DecodingMethod = {
  name: 'vcd',
  about: 'Decoding with the logits of a noisy image subtracted.',
  model:
    ({ model, alpha = 1 }) =>
    async (image, ask) => {
      const reply = await model(image, { ...ask, vcd: alpha });
      return { ...reply, passes: 2 * reply.passes };
    },
};
