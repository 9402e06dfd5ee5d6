// ImageBind-LLM's injection: the vector of the last medium before a token is added to it in every layer, behind a gate that opens from zero.

import { z } from 'zod';
import { Parameter, type Tensor } from '../../graph/index.js';
import { init, Module } from '../../nn/index.js';
import type { BlockAdapter, BlockContext } from '../parts.js';
import { defineAdapter } from './registry.js';

/** x + gate · (mean of the rows of the last medium before each token), without attention (Han et al. 2023, arXiv:2309.03905, section 3.2). */
export class Bind extends Module implements BlockAdapter {
  readonly readsMedia = true;
  gate = new Parameter([1], init.zeros);

  /** x: [batch, n, width] -> the same. */
  before(x: Tensor, { media }: BlockContext): Tensor {
    if (!media) return x;
    return this.trace(() => {
      const sees = media.visible.cast('float32'); // [batch, n, rows]
      const mean = sees.matMul(media.rows).div(sees.sum([2], true).clip(1));
      return x.add(mean.mul(this.gate));
    });
  }
}

/** Options: how many of the upper layers it acts in; all by default. */
export const bind = defineAdapter({
  kind: 'bind',
  options: z.object({ layers: z.number().int().positive().optional() }),
  build: ({ layers: upper }, layer, { layers }) => (layer >= layers - (upper ?? layers) ? new Bind() : undefined),
});
