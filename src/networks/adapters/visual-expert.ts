// CogVLM's visual expert: where tokens stand for images, a layer computes with projections of their own, which begin as copies of its own.

import { z } from 'zod';
import { addRows, gather, type Tensor, where, zeros } from '../../graph/index.js';
import type { Linear } from '../../nn/index.js';
import type { BlockAdapter, BlockContext } from '../parts.js';
import { defineAdapter } from './registry.js';
import { layerLinears, Twins } from './twins.js';

/**
 * A second projection for queries, keys, values, output and feed-forward, for image tokens alone; attention is over all tokens (Wang et al.
 * 2023, arXiv:2311.03079, equations 1 to 3). Each is given the rows of image tokens and computes nothing else, so a step of decoding, in which
 * there is no image, costs what it costs without. Norms and positions stay the layer's own, and image tokens keep positions of their own,
 * where CogVLM gives all of an image the same one.
 */
export class VisualExpert extends Twins implements BlockAdapter {
  project(_name: string, linear: Linear, x: Tensor, y: Tensor, { images }: BlockContext): Tensor {
    const twin = this.of(linear);
    if (!twin || !images) return y;
    return this.trace(() => {
      const { at, mask, first } = images;
      const own = twin.forward(gather(x.reshape([-1, twin.inputs]), at));
      const rows = addRows(zeros(y.reshape([-1, twin.outputs]).shape), at, first ? own.mul(first) : own);
      return where(mask.unsqueeze(2), rows.reshape(y.shape), y);
    });
  }
}

/** Options: in every how manieth layer images have projections of their own; all by default. */
export const visualExpert = defineAdapter({
  kind: 'visual-expert',
  options: z.object({ every: z.number().int().positive().default(1) }),
  build: ({ every }, layer, _sizes, block) => (layer % every === 0 ? new VisualExpert(layerLinears(block, 'visual-expert')) : undefined),
});
