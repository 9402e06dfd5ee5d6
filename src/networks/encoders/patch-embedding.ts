// The convolution that cuts an image into patches, as one matrix product: its stride is its size.

import { Parameter, patchify, type Tensor } from '../../graph/index.js';
import { init, Module } from '../../nn/index.js';

/** A Conv2d over RGB of size and stride `patch`. pixels: [batch, 3, H, W] -> [batch, patches, width]; what is beyond the last whole patch is left out. */
export class PatchEmbedding extends Module {
  weight: Parameter;
  bias?: Parameter;
  constructor(
    readonly width: number,
    readonly patch: number,
    options: { bias?: boolean } = {},
  ) {
    super();
    this.weight = new Parameter([width, 3, patch, patch], init.fanIn());
    if (options.bias ?? true) this.bias = new Parameter([width], init.zeros);
  }
  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const whole = [2, 3].reduce((x, axis) => {
        const end = x.size(axis) - (x.size(axis) % this.patch);
        return end === x.size(axis) ? x : x.slice({ axis, end });
      }, pixels);
      const y = patchify(whole, this.patch).matMul(this.weight.reshape([this.width, -1]).transpose());
      return this.bias ? y.add(this.bias) : y;
    });
  }
}
