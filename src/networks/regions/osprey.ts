// Osprey's region tokens: features pooled over a free-form mask at several levels of the tower, and the shape of the mask itself.

import { z } from 'zod';
import { gather, input, relu, stack, type Tensor } from '../../graph/index.js';
import { Linear, Module } from '../../nn/index.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { defineAdapter } from '../adapters/registry.js';
import { RegionEncoder, type RegionSizes } from './region-encoder.js';

/** Linear layers with ReLU between them. */
class Mlp extends Module {
  layers: Linear[];
  constructor(widths: readonly number[]) {
    super();
    this.layers = widths.slice(1).map((width, i) => new Linear(widths[i] as number, width));
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.layers.reduce((y, layer, i) => layer.forward(i === 0 ? y : relu(y)), x));
  }
}

/**
 * Two rows for a region (Yuan et al. 2023, arXiv:2312.10032): the mask token, an MLP of the sum of each level's mean over the mask, projected; and
 * the position token, an MLP of the mask at low resolution. A cell counts by the share of it that the mask covers, where the published code takes
 * every cell that it touches: at 8 cells a side twins share cells.
 */
class OspreyRegions extends RegionEncoder {
  readonly rows = 2;
  feat_linears: Linear[];
  mask_mlp: Mlp;
  pos_mlp: Mlp;
  constructor(
    sizes: RegionSizes,
    layers: readonly number[],
    private readonly o: { hidden: number; shape: number },
  ) {
    super(sizes, layers);
    const levels = Math.max(1, layers.length);
    this.feat_linears = Array.from({ length: levels }, () => new Linear(this.columns / levels, o.hidden));
    this.mask_mlp = new Mlp([o.hidden, o.hidden, sizes.width]);
    this.pos_mlp = new Mlp([o.shape ** 2, o.hidden, sizes.width]);
  }

  override feeds(pixels: readonly Uint8Array[]): Record<string, HostTensor> {
    const { grid, side } = this.sizes;
    const { shape } = this.o;
    const cells = hostTensor('float32', [pixels.length, grid ** 2]);
    const shapes = hostTensor('float32', [pixels.length, shape ** 2]);
    for (const [r, mask] of pixels.entries()) {
      const covered = coverage(mask, side, grid);
      const all = covered.reduce((a, b) => a + b, 0);
      for (const [i, share] of covered.entries()) cells.data[r * grid ** 2 + i] = share / all;
      shapes.data.set(coverage(mask, side, shape), r * shape ** 2);
    }
    return { region_cells: cells, region_shapes: shapes };
  }

  protected override first(): Tensor {
    return input('region_cells', ['regions', this.sizes.grid ** 2]);
  }

  protected override read(tokens: Tensor, of: Tensor): Tensor {
    const cells = this.first();
    const r = cells.dim(0);
    const pooled = cells.unsqueeze(1).matMul(gather(tokens, of)).reshape([r, this.columns]);
    const width = this.columns / this.feat_linears.length;
    const levels = this.feat_linears.map((linear, l) => linear.forward(pooled.slice({ axis: 1, start: l * width, end: (l + 1) * width })));
    const mask = this.mask_mlp.forward(levels.reduce((a, b) => a.add(b)));
    const place = this.pos_mlp.forward(input('region_shapes', ['regions', this.o.shape ** 2]));
    return stack([mask, place], 1);
  }
}

/** The share of each cell of a grid that a mask of [side, side] covers, row by row. */
export function coverage(mask: Uint8Array, side: number, grid: number): Float32Array {
  const out = new Float32Array(grid * grid);
  const counts = new Float32Array(grid * grid);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const cell = Math.floor((y * grid) / side) * grid + Math.floor((x * grid) / side);
      counts[cell] = (counts[cell] as number) + 1;
      if (mask[y * side + x] !== 0) out[cell] = (out[cell] as number) + 1;
    }
  return out.map((v, i) => v / Math.max(1, counts[i] as number));
}

const whole = z.number().int().positive();

/**
 * Osprey's mask tokens on a LLaVA. `layers`: hidden states of the tower whose features are pooled, the connector's own by default; `hidden`: width
 * between; `shape`: side of the mask that the position token is made of (published 112, of images of 512). The vocabulary needs `REGION_TOKEN`.
 */
export const osprey = defineAdapter({
  kind: 'osprey',
  options: z.object({ layers: z.array(z.number().int()).default([]), hidden: whole.default(128), shape: whole.default(16) }),
  regions: ({ layers, ...o }, sizes) => new OspreyRegions(sizes, layers, o),
});
