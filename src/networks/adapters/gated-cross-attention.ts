// Flamingo's gated cross-attention: before a layer, text attends to the rows of the last image before it, behind gates that open from zero.

import { z } from 'zod';
import { Parameter, type Tensor, where } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module } from '../../nn/index.js';
import type { BlockAdapter, BlockContext } from '../parts.js';
import { attendMedia } from './attend-media.js';
import { defineAdapter } from './registry.js';

/** Two linear layers with GELU between them. */
class FeedForward extends Module {
  up: Linear;
  down: Linear;
  constructor(width: number, inner: number) {
    super();
    this.up = new Linear(width, inner, { bias: false });
    this.down = new Linear(inner, width, { bias: false });
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.down.forward(this.up.forward(x).gelu()));
  }
}

/**
 * x + tanh(a) · attention(norm(x), media), then h + tanh(b) · feedForward(norm(h)) (Alayrac et al. 2022, figure 4); a = b = 0 at first. With
 * `blank`, one learned row stands in the sequence where images do, as Flamingo's `<image>` does, and they are read here alone.
 */
class GatedCrossAttention extends Module implements BlockAdapter {
  readonly readsMedia = true;
  attn_norm: LayerNorm;
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  attn_gate = new Parameter([1], init.zeros);
  ff_norm: LayerNorm;
  ff: FeedForward;
  ff_gate = new Parameter([1], init.zeros);
  image_row?: Parameter;
  constructor(
    width: number,
    readonly heads: number,
    { expansion, blank }: { expansion: number; blank: boolean },
  ) {
    super();
    if (blank) this.image_row = new Parameter([width], init.normal(0.02));
    this.attn_norm = new LayerNorm(width);
    const square = (): Linear => new Linear(width, width, { bias: false });
    [this.q_proj, this.k_proj, this.v_proj, this.o_proj] = [square(), square(), square(), square()];
    this.ff_norm = new LayerNorm(width);
    this.ff = new FeedForward(width, expansion * width);
  }

  before(stream: Tensor, { media, images }: BlockContext): Tensor {
    if (!media) return stream;
    const { rows, visible } = media;
    const x = this.image_row && images ? where(images.mask.unsqueeze(2), this.image_row, stream) : stream;
    const h = x.add(this.crossAttend(this.attn_norm.forward(x), rows, visible).mul(this.attn_gate.tanh()));
    return h.add(this.ff.forward(this.ff_norm.forward(h)).mul(this.ff_gate.tanh()));
  }

  /** x: [batch, n, width], rows: [m, width], visible: bool [batch, n, m] -> [batch, n, width], zero for tokens that see nothing. */
  private crossAttend(x: Tensor, rows: Tensor, visible: Tensor): Tensor {
    const seen = { k: this.k_proj.forward(rows), v: this.v_proj.forward(rows), visible };
    return this.o_proj.forward(attendMedia(this.q_proj.forward(x), seen, this.heads));
  }
}

const whole = z.number().int().positive();

/**
 * Options: in every how manieth layer it acts, its heads (the decoder's by default), how much wider its feed-forward is; `only`: images are read
 * by cross-attention alone, and not in the sequence, which changes the model from the start.
 */
export const gatedCrossAttention = defineAdapter({
  kind: 'gated-cross-attention',
  options: z.object({ every: whole.default(4), heads: whole.optional(), expansion: whole.default(4), only: z.literal(true).optional() }),
  build: ({ every, heads, expansion, only }, layer, sizes) =>
    layer % every === 0
      ? new GatedCrossAttention(sizes.width, heads ?? sizes.heads, { expansion, blank: only === true && layer === 0 })
      : undefined,
});
