// Next-visual-latent regression (Emu): a decoder whose hidden state at one row of an image says the next row.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { Linear, Module } from '../../nn/index.js';
import { defineAdapter } from '../adapters/registry.js';
import type { EndAdapter } from '../parts.js';

const latentOptions = z.object({
  /** Rows of an image. */
  rows: z.number().int().positive(),
  /** The tokens around an image. */
  begin: z.string().min(1).default('<img>'),
  end: z.string().min(1).default('</img>'),
});

/** Emu's head (Sun et al. 2023, arXiv:2307.05222). Nothing that the language model writes depends on it. */
export class LatentHead extends Module implements EndAdapter {
  stu_regress_head: Linear;
  constructor(
    width: number,
    readonly options: z.infer<typeof latentOptions>,
  ) {
    super();
    this.stu_regress_head = new Linear(width, width, { bias: false });
  }
  /** hidden: [n, width] -> the rows that come next, [n, width]. */
  next(hidden: Tensor): Tensor {
    return this.trace(() => this.stu_regress_head.forward(hidden));
  }
}

/** The head of a decoder, which is opened with `tokens: ['<img>', '</img>']`. */
export const latents = defineAdapter({
  kind: 'latents',
  options: latentOptions,
  end: (options, { width }) => new LatentHead(width, options),
});
