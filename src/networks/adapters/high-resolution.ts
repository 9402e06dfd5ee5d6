// CogAgent's branch of high resolution: in every layer tokens attend to many small rows of a second, lighter encoder, which are not in the sequence.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { init, Linear, Module, RmsNorm } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { BlockAdapter, BlockContext } from '../parts.js';
import { attendMedia } from './attend-media.js';
import { defineAdapter } from './registry.js';

interface HighResolutionOptions {
  width: number;
  block: number;
  inner: number;
  heads: number;
}

/**
 * Between attention and feed-forward: h + W_o attention(norm(h), high), in `inner` numbers, which are fewer than the layer's, so that many rows cost little
 * (Hong et al. 2023, arXiv:2312.08914, section 3.2). W_o begins at zero. Behind its width every row of an image carries the `block` rows of
 * high resolution that lie where it lies, so a token sees those of the last image before it.
 */
export class HighResolution extends Module implements BlockAdapter {
  readonly readsMedia = true;
  readonly columns: number;
  layer_norm: RmsNorm;
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  constructor(
    width: number,
    private readonly o: HighResolutionOptions,
  ) {
    super();
    const { width: high, inner, block } = o;
    this.columns = block * high;
    this.layer_norm = new RmsNorm(width, 1e-5);
    this.q_proj = new Linear(width, inner, { bias: false });
    this.k_proj = new Linear(high, inner, { bias: false });
    this.v_proj = new Linear(high, inner, { bias: false });
    this.o_proj = new Linear(inner, width, { bias: false, init: init.zeros });
  }

  /** x: [batch, n, width] -> the same. Errors: `model.extension` for rows that carry nothing of high resolution. */
  between(x: Tensor, { media }: BlockContext): Tensor {
    if (!media) return x;
    const { block, width: high, heads } = this.o;
    const { more, visible } = media;
    if (more?.size(1) !== this.columns)
      throw new SensoriumError('model.extension', 'the rows of images carry no rows of this high resolution', {
        place: this.path,
        expected: `${block} rows of ${high} numbers behind the width of each row`,
        got: more ? `${more.size(1)} numbers` : 'nothing',
        hint: 'Take an encoder of two resolutions',
      });
    return this.trace(() => {
      const rows = more.reshape([-1, high]);
      const [batch, n] = [visible.dim(0), visible.dim(1)];
      const each = visible
        .unsqueeze(3)
        .expand([batch, n, visible.dim(2), block])
        .reshape([batch, n, -1]);
      const seen = { k: this.k_proj.forward(rows), v: this.v_proj.forward(rows), visible: each };
      return x.add(this.o_proj.forward(attendMedia(this.q_proj.forward(this.layer_norm.forward(x)), seen, heads)));
    });
  }
}

const whole = z.number().int().positive();

/**
 * Options: the width of a row of high resolution, how many of them a row of the image carries, the numbers that attention is computed in (as many as `width` by default)
 * and its heads. Errors: `adapter.spec` for heads that do not divide `inner`.
 */
export const highResolution = defineAdapter({
  kind: 'high-resolution',
  options: z.object({ width: whole, block: whole, inner: whole.optional(), heads: whole.default(1) }),
  build: ({ inner: given, ...o }, _layer, { width }) => {
    const inner = given ?? o.width;
    if (inner % o.heads !== 0)
      throw new SensoriumError('adapter.spec', 'heads must divide the numbers that attention is computed in', {
        place: 'high-resolution: heads',
        expected: `a divisor of ${inner}`,
        got: String(o.heads),
      });
    return new HighResolution(width, { ...o, inner });
  },
});
