// What CLIP's tower begins with: patches (or a small convolutional stem), a class token, learned positions.

import { concat, gelu, Parameter, type Tensor } from '../../graph/index.js';
import type { HeightWidth } from '../../media/index.js';
import { Conv2d, Embedding, init, LayerNorm, Module } from '../../nn/index.js';
import { PatchEmbedding } from './clip-layers.js';
import type { ClipVisionConfig } from './clip-vision.js';
import { resizeGrid } from './interpolate.js';

/** Patches on a side. Pixels beyond the last whole patch are not seen. */
export const sideOf = (c: ClipVisionConfig): number => Math.floor(c.image_size / c.patch_size);

/** Rows and columns of patches of a picture. A stem rounds up. */
export function gridOf({ patch_size: patch, stem_channels: stem }: ClipVisionConfig, size: HeightWidth): [number, number] {
  const along = (n: number): number => (stem ? Math.ceil(n / patch) : Math.floor(n / patch));
  return [along(size[0]), along(size[1])];
}

/** CLIPVisionEmbeddings. */
export class ClipVisionEmbeddings extends Module {
  class_embedding: Parameter;
  patch_embedding?: PatchEmbedding;
  /** Xiao et al. 2021: early convolutions help transformers see better. */
  stem?: Conv2d[];
  stem_norm?: LayerNorm[];
  position_embedding: Embedding;
  constructor(private readonly c: ClipVisionConfig) {
    super();
    this.class_embedding = new Parameter([c.hidden_size], init.normal(0.02));
    if (c.stem_channels) {
      const channels = [3, ...c.stem_channels, c.hidden_size];
      this.stem = channels.slice(1).map((out, i) => new Conv2d(channels[i] as number, out, 3, { stride: 2, padding: 1 }));
      if (c.stem_norm) this.stem_norm = c.stem_channels.map((n) => new LayerNorm(n, c.layer_norm_eps));
    } else this.patch_embedding = new PatchEmbedding(c.hidden_size, c.patch_size, { bias: false });
    // Where a patch lies is known from the first step; drawn at random it takes thousands of images to be told from noise.
    this.position_embedding = new Embedding(sideOf(c) ** 2 + 1, c.hidden_size, init.sincos2d);
  }

  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const b = pixels.dim(0);
      const w = this.c.hidden_size;
      const grid = gridOf(this.c, [pixels.size(2), pixels.size(3)]);
      const patches = this.stem
        ? this.convolve(pixels, this.stem)
            .reshape([b, w, grid[0] * grid[1]])
            .transpose([0, 2, 1])
        : (this.patch_embedding as PatchEmbedding).forward(pixels);
      const cls = this.class_embedding.reshape([1, 1, w]).expand([b, 1, w]);
      return concat([cls, patches], 1).add(this.positions(grid));
    });
  }
  /** Those of the class token and of the patches, interpolated for pictures of another size than the tower's. */
  private positions(grid: [number, number]): Tensor {
    const { weight } = this.position_embedding;
    const side = sideOf(this.c);
    if (grid[0] === side && grid[1] === side) return weight;
    return concat([weight.slice({ axis: 0, end: 1 }), resizeGrid(weight.slice({ axis: 0, start: 1 }), [side, side], grid)], 0);
  }
  private convolve(pixels: Tensor, stem: Conv2d[]): Tensor {
    return stem.reduce((x, layer, i) => {
      const y = layer.forward(x);
      if (i === stem.length - 1) return y;
      const norm = this.stem_norm?.[i];
      return gelu(norm ? norm.forward(y.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]) : y);
    }, pixels);
  }
}

