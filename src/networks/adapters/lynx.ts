// Lynx's adapters: after every few layers, a bottleneck around the residual stream.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module } from '../../nn/index.js';
import type { BlockAdapter } from '../parts.js';
import { defineAdapter } from './registry.js';

/**
 * h + up(silu(down(norm(h)))) behind a layer (Zeng et al. 2023, arXiv:2307.02469, section 2.2). The way up begins at zero. Image rows stand in
 * the sequence as a prefix, Lynx's token-level fusion, so the adapters act on them as on text.
 */
export class LynxAdapter extends Module implements BlockAdapter {
  layer_norm: LayerNorm;
  down_proj: Linear;
  up_proj: Linear;
  constructor(width: number, size: number) {
    super();
    this.layer_norm = new LayerNorm(width);
    this.down_proj = new Linear(width, size);
    this.up_proj = new Linear(size, width, { init: init.zeros });
  }
  /** x: [batch, n, width] -> the same. */
  after(x: Tensor): Tensor {
    return this.trace(() => x.add(this.up_proj.forward(this.down_proj.forward(this.layer_norm.forward(x)).silu())));
  }
}

const whole = z.number().int().positive();

/** Options: behind every how manieth layer (all, as in Lynx, by default); the size of the bottleneck, half the width by default. */
export const lynx = defineAdapter({
  kind: 'lynx',
  options: z.object({ every: whole.default(1), size: whole.optional() }),
  build: ({ every, size }, layer, { width }) =>
    (layer + 1) % every === 0 ? new LynxAdapter(width, size ?? Math.max(1, Math.floor(width / 2))) : undefined,
});
