// Ferret's spatial-aware visual sampler: points in a region, features at them, and two rounds of sampling, gathering of neighbors and pooling.

import { z } from 'zod';
import { arange, concat, gather, input, relu, type Tensor } from '../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../nn/index.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { defineAdapter } from '../adapters/registry.js';
import { farthestPoints, nearestPoints } from '../encoders/point-groups.js';
import { RegionEncoder, type RegionSizes } from './region-encoder.js';

/** Points of each round, and neighbors of each. */
interface Sampling {
  points: readonly number[];
  neighbors: number;
}

/** One linear layer and ReLU, then a norm over the channels. */
class Aggregate extends Module {
  net: Linear[];
  norm: LayerNorm;
  constructor(inputs: number, outputs: number) {
    super();
    this.net = [new Linear(inputs, outputs)];
    this.norm = new LayerNorm(outputs);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.norm.forward(relu((this.net[0] as Linear).forward(x))));
  }
}

/**
 * One row for a region (You et al. 2023, arXiv:2310.07704; names of GeoRegionSampler). Points in the region take features of the four tokens around
 * them. Each round keeps the points that are farthest from each other; what a kept point and its nearest neighbors are, and how they differ, is
 * projected and its mean taken. The points that are left make one row. Where points lie is computed outside the graph, by the mask alone.
 */
class FerretRegions extends RegionEncoder {
  readonly rows = 1;
  diff_projector_list: Linear[];
  agg_projector_list: Aggregate[];
  flatten_projector: Linear;
  dim_projector: Linear;
  constructor(
    sizes: RegionSizes,
    layers: readonly number[],
    private readonly o: Sampling,
  ) {
    super(sizes, layers);
    const width = this.columns;
    const rounds = o.points.slice(1);
    this.diff_projector_list = rounds.map(() => new Linear(width + 2, width + 2));
    this.agg_projector_list = rounds.map(() => new Aggregate(2 * (width + 2), width));
    this.flatten_projector = new Linear(width * (rounds.at(-1) as number), width);
    this.dim_projector = new Linear(width, sizes.width);
  }

  override feeds(pixels: readonly Uint8Array[]): Record<string, HostTensor> {
    const { grid, side } = this.sizes;
    const sampled = pixels.map((mask) => sampleRegion(mask, { ...this.o, grid, side }));
    const join = <T extends 'float32' | 'int32'>(dtype: T, rest: readonly number[], of: (s: SampledRegion) => ArrayLike<number>) => {
      const out = hostTensor(dtype, [pixels.length, ...rest]);
      const each = rest.reduce((a, b) => a * b, 1);
      for (const [r, one] of sampled.entries()) (out.data as Float32Array).set(Array.from(of(one)), r * each);
      return out;
    };
    const [first, ...rounds] = this.o.points as [number, ...number[]];
    const feeds: Record<string, HostTensor> = {
      region_points: join('float32', [first, 2], (s) => s.points),
      region_corners: join('int32', [first, 4], (s) => s.corners),
      region_weights: join('float32', [first, 4], (s) => s.weights),
    };
    for (const [i, n] of rounds.entries()) {
      feeds[`region_centers.${i}`] = join('int32', [n], (s) => s.rounds[i]?.centers ?? []);
      feeds[`region_neighbors.${i}`] = join('int32', [n, this.o.neighbors], (s) => s.rounds[i]?.neighbors ?? []);
    }
    return feeds;
  }

  protected override first(): Tensor {
    return input('region_points', ['regions', this.o.points[0] as number, 2]);
  }

  protected override read(tokens: Tensor, of: Tensor): Tensor {
    const { grid } = this.sizes;
    const { points, neighbors: k } = this.o;
    const [first, ...rounds] = points as [number, ...number[]];
    const width = this.columns;
    let places = this.first();
    const r = places.dim(0);
    const corners = input('region_corners', ['regions', first, 4], 'int32').add(of.mul(grid ** 2).reshape([r, 1, 1]));
    const weights = input('region_weights', ['regions', first, 4]).unsqueeze(3);
    let features = gather(tokens.reshape([-1, width]), corners)
      .mul(weights)
      .sum(2);
    let count = first;
    for (const [i, n] of rounds.entries()) {
      const start = arange(r).mul(count);
      const flat = { places: places.reshape([-1, 2]), features: features.reshape([-1, width]) };
      const at = (ids: Tensor): Tensor => concat([gather(flat.features, ids), gather(flat.places, ids)], -1);
      const centers = input(`region_centers.${i}`, ['regions', n], 'int32').add(start.reshape([r, 1]));
      const near = input(`region_neighbors.${i}`, ['regions', n, k], 'int32').add(start.reshape([r, 1, 1]));
      const anchor = at(centers).unsqueeze(2);
      const differing = (this.diff_projector_list[i] as Linear).forward(at(near).sub(anchor));
      const both = concat([differing, anchor.expand([r, n, k, width + 2])], -1);
      features = (this.agg_projector_list[i] as Aggregate).forward(both).mean(2);
      places = gather(flat.places, centers);
      count = n;
    }
    return this.dim_projector.forward(this.flatten_projector.forward(features.reshape([r, width * count]))).unsqueeze(1);
  }
}

/** Where the points of a region lie, and which of them each round takes. */
export interface SampledRegion {
  /** [points, 2]: row and column in 0..1. */
  points: Float32Array;
  /** [points, 4]: the tokens around each, and the weight of each. */
  corners: Int32Array;
  weights: Float32Array;
  /** For each round: indices among the points before, [n] and [n, neighbors]. */
  rounds: { centers: number[]; neighbors: number[] }[];
}

/**
 * Points of a mask [side, side]: pixels of it, evenly along its rows, again from the first where there are fewer (published: at random); the tokens of a
 * grid around each, with the weights of bilinear interpolation (corners aligned); for each round the farthest points from each other, the first one
 * first, and the nearest neighbors of each, itself among them.
 */
export function sampleRegion(
  mask: Uint8Array,
  { points: counts, neighbors, grid, side }: Sampling & { grid: number; side: number },
): SampledRegion {
  const inside = [...mask.keys()].filter((i) => mask[i] !== 0);
  const [first, ...rest] = counts as [number, ...number[]];
  const points = new Float32Array(first * 2);
  for (let p = 0; p < first; p++) {
    const at = inside[inside.length >= first ? Math.floor((p * inside.length) / first) : p % inside.length] as number;
    points.set([Math.floor(at / side) / side, (at % side) / side], 2 * p);
  }
  const corners = new Int32Array(first * 4);
  const weights = new Float32Array(first * 4);
  for (let p = 0; p < first; p++) {
    const [y, x] = [(points[2 * p] as number) * (grid - 1), (points[2 * p + 1] as number) * (grid - 1)];
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [v, u] = [y - top, x - left];
    const [bottom, right] = [Math.min(grid - 1, top + 1), Math.min(grid - 1, left + 1)];
    corners.set([top * grid + left, top * grid + right, bottom * grid + left, bottom * grid + right], 4 * p);
    weights.set([(1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u], 4 * p);
  }
  const rounds: SampledRegion['rounds'] = [];
  // In a plane: the third coordinate is 0.
  let own = Float32Array.from({ length: 3 * first }, (_, i) => (i % 3 === 2 ? 0 : (points[2 * Math.floor(i / 3) + (i % 3)] as number)));
  for (const n of rest) {
    const all = own;
    const centers = farthestPoints(all, 3, n);
    rounds.push({ centers, neighbors: centers.flatMap((center) => nearestPoints(all, 3, center, neighbors)) });
    own = Float32Array.from(centers.flatMap((center) => [...all.subarray(3 * center, 3 * center + 3)]));
  }
  return { points, corners, weights, rounds };
}

const whole = z.number().int().positive();

/**
 * Ferret's sampler on a LLaVA. `points`: of the region and of each round, published [512, 128, 32]; `neighbors`: published 24; `layers` as of
 * `osprey`. The vocabulary needs `REGION_TOKEN`.
 */
export const ferret = defineAdapter({
  kind: 'ferret',
  options: z
    .object({
      layers: z.array(z.number().int()).default([]),
      points: z.array(whole).min(2).default([512, 128, 32]),
      neighbors: whole.default(24),
    })
    .refine(
      ({ points, neighbors }) =>
        points.every((n, i) => i === 0 || (n <= (points[i - 1] as number) && neighbors <= (points[i - 1] as number))),
      {
        path: ['points'],
        message: 'each round has at most as many points as the one before, and at least as many as neighbors before it',
      },
    ),
  regions: ({ layers, ...o }, sizes) => new FerretRegions(sizes, layers, o),
});
