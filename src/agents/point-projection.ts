// The realistic projection of PointCLIP V2 (Zhu et al. 2023, arXiv:2211.11682, section 3.2): a cloud of points as depth images of ten views, without any training.

import { type Points, pointCount, type RgbImage } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';

/** The published settings: pixels and layers of the grid, the share of the image that the cloud takes, windows of densifying and smoothing. */
export const PROJECTION = {
  resolution: 112,
  depth: 8,
  depthBias: 0.2,
  objectRatio: 0.8,
  pool: 7,
  poolPad: 2,
  kernel: 3,
  sigma: 3,
} as const;

/** Euler angles of the ten views (x, y, z), and of the small turn after them that shows more of the surface. */
const VIEWS: readonly (readonly [number, number, number])[] = [
  ...[1, 3, 5, 7].map((k) => [(k * Math.PI) / 4, 0, Math.PI / 2] as const),
  ...[0, 1, 2, 3].map((k) => [(k * Math.PI) / 2, 0, Math.PI / 2] as const),
  [0, -Math.PI / 2, Math.PI / 2],
  [0, Math.PI / 2, Math.PI / 2],
];
const biasOf = (view: number): readonly [number, number, number] => [0, Math.PI / (view < 8 ? 9 : 15), 0];

/** Views of a projection. */
export const VIEW_COUNT = VIEWS.length;

/** Which of the four steps are taken. Without quantizing each point is a pixel with its own depth, as in the first PointCLIP, and the others have no layers to work on. */
export interface ProjectionSteps {
  quantize: boolean;
  densify: boolean;
  smooth: boolean;
  squeeze: boolean;
}
const ALL_STEPS: ProjectionSteps = { quantize: true, densify: true, smooth: true, squeeze: true };

type Matrix = Float32Array;
const times = (a: Matrix, b: Matrix): Matrix =>
  Float32Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [3 * Math.floor(i / 3), i % 3];
    return (
      (a[row] as number) * (b[column] as number) +
      (a[row + 1] as number) * (b[3 + column] as number) +
      (a[row + 2] as number) * (b[6 + column] as number)
    );
  });

/** Rotation about x, y, z: X Y Z, by rows. */
function rotation([x, y, z]: readonly [number, number, number]): Matrix {
  const [cx, sx, cy, sy, cz, sz] = [Math.cos(x), Math.sin(x), Math.cos(y), Math.sin(y), Math.cos(z), Math.sin(z)];
  const about = (...values: number[]): Matrix => Float32Array.from(values);
  return times(times(about(1, 0, 0, 0, cx, -sx, 0, sx, cx), about(cy, 0, sy, 0, 1, 0, -sy, 0, cy)), about(cz, -sz, 0, sz, cz, 0, 0, 0, 1));
}

/** Rows of points times the transpose of `m`: [points, 3]. */
function turned(points: Float32Array, m: Matrix): Float32Array {
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3)
    for (let k = 0; k < 3; k++) {
      const row = 3 * k;
      out[i + k] =
        (points[i] as number) * (m[row] as number) +
        (points[i + 1] as number) * (m[row + 1] as number) +
        (points[i + 2] as number) * (m[row + 2] as number);
    }
  return out;
}

/** Centered, with the largest extent from -1 to 1, x and y drawn in by the object ratio. */
function fitted(points: Float32Array): Float32Array {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i++) {
    const axis = i % 3;
    low[axis] = Math.min(low[axis] as number, points[i] as number);
    high[axis] = Math.max(high[axis] as number, points[i] as number);
  }
  const range = Math.max(...high.map((v, axis) => Math.fround(v - (low[axis] as number))));
  if (!(range > 0) || !Number.isFinite(range))
    throw new SensoriumError('media.points', 'a cloud to be projected has an extent', {
      expected: 'finite points at different places',
      got: `an extent of ${range}`,
    });
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i++) {
    const axis = i % 3;
    const center = Math.fround(Math.fround((high[axis] as number) + (low[axis] as number)) / 2);
    const unit = Math.fround(Math.fround(Math.fround((points[i] as number) - center) / range) * 2);
    out[i] = axis < 2 ? Math.fround(unit * PROJECTION.objectRatio) : unit;
  }
  return out;
}

const clip = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));

/** Quantize: layers of the grid [depth, x, y], each cell with the largest depth value of its points. */
function quantized(points: Float32Array): Float32Array {
  const { resolution: r, depth, depthBias } = PROJECTION;
  const grid = new Float32Array(depth * r * r);
  for (let i = 0; i < points.length; i += 3) {
    const place = (v: number): number => clip(Math.ceil(Math.fround(Math.fround(Math.fround(v + 1) / 2) * r)), 1, r - 2);
    const [x, y] = [place(points[i] as number), place(points[i + 1] as number)];
    const z = Math.fround(
      Math.fround(
        Math.fround(Math.fround(Math.fround((points[i + 2] as number) + 1) / 2) + Math.fround(depthBias)) / Math.fround(1 + depthBias),
      ) *
        (depth - 2),
    );
    const cell = (Math.ceil(z) * r + x) * r + y;
    grid[cell] = Math.max(grid[cell] as number, clip(z, 1, depth - 2));
  }
  return grid;
}

/** Largest value of a square window around each cell of each layer; the layers get smaller by what the padding lacks. */
function densified(grid: Float32Array, side: number): { grid: Float32Array; side: number } {
  const { pool, poolPad, depth } = PROJECTION;
  const out = side + 2 * poolPad - pool + 1;
  const pass = (from: Float32Array, rows: number, columns: number, alongRows: boolean): Float32Array => {
    const [h, w] = alongRows ? [out, columns] : [rows, out];
    const to = new Float32Array(depth * h * w);
    for (let d = 0; d < depth; d++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          let most = -Infinity;
          for (let k = 0; k < pool; k++) {
            const at = (alongRows ? y : x) + k - poolPad;
            if (at < 0 || at >= (alongRows ? rows : columns)) continue;
            most = Math.max(most, from[(d * rows + (alongRows ? at : y)) * columns + (alongRows ? x : at)] as number);
          }
          to[(d * h + y) * w + x] = most;
        }
    return to;
  };
  // The largest value of a square is the largest of its columns' largest.
  return { grid: pass(pass(grid, side, side, true), out, side, false), side: out };
}

/** A Gaussian over each layer, zeros beyond its edges. */
function smoothed(grid: Float32Array, side: number): Float32Array {
  const { kernel, sigma, depth } = PROJECTION;
  const half = kernel >> 1;
  const one = Array.from({ length: kernel }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
  const sum = one.reduce((a, b) => a + b, 0);
  const out = new Float32Array(grid.length);
  for (let d = 0; d < depth; d++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        let value = 0;
        for (let i = 0; i < kernel; i++)
          for (let k = 0; k < kernel; k++) {
            const [row, column] = [y + i - half, x + k - half];
            if (row < 0 || column < 0 || row >= side || column >= side) continue;
            value += ((one[i] as number) * (one[k] as number) * (grid[(d * side + row) * side + column] as number)) / (sum * sum);
          }
        out[(d * side + y) * side + x] = value;
      }
  return out;
}

/** Largest value over the layers, divided by the largest of all, as distance: 0 is nearest, 1 is nothing there. */
function squeezed(grid: Float32Array, side: number, layers: readonly number[]): Float32Array {
  const out = new Float32Array(side * side);
  for (const d of layers) for (let i = 0; i < out.length; i++) out[i] = Math.max(out[i] as number, grid[d * side * side + i] as number);
  const most = out.reduce((a, b) => Math.max(a, b), 0);
  return out.map((v) => 1 - (most > 0 ? v / most : 0));
}

/** One view: values in 0…1 in rows. */
export interface DepthView {
  side: number;
  values: Float32Array;
}

/** Each point is one pixel with its own depth; nothing lies between points. */
function sparse(points: Float32Array): DepthView {
  const { resolution: r, depthBias } = PROJECTION;
  const out = new Float32Array(r * r).fill(1);
  for (let i = 0; i < points.length; i += 3) {
    const place = (v: number): number => clip(Math.ceil(((v + 1) / 2) * r), 1, r - 2);
    const near = (((points[i + 2] as number) + 1) / 2 + depthBias) / (1 + depthBias);
    const at = place(points[i] as number) * r + place(points[i + 1] as number);
    out[at] = Math.min(out[at] as number, 1 - near);
  }
  return { side: r, values: out };
}

/**
 * The ten views of a cloud: turned, fitted, then quantized into layers, densified by the largest value of windows of 7 x 7, smoothed by a Gaussian of 3 x 3
 * and squeezed over the layers. 110 x 110 values with all steps. Without `squeeze` the middle layer alone is shown. Errors: `media.points`.
 */
export function projectPoints(cloud: Points, steps: Partial<ProjectionSteps> = {}): DepthView[] {
  const { quantize, densify, smooth, squeeze } = { ...ALL_STEPS, ...steps };
  const count = pointCount(cloud);
  const xyz = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) xyz.set(cloud.points.subarray(cloud.channels * i, cloud.channels * i + 3), 3 * i);
  return VIEWS.map((angles, view) => {
    const seen = fitted(turned(turned(xyz, rotation(angles)), rotation(biasOf(view))));
    if (!quantize) return sparse(seen);
    let layers = { grid: quantized(seen), side: PROJECTION.resolution as number };
    if (densify) layers = densified(layers.grid, layers.side);
    if (smooth) layers = { ...layers, grid: smoothed(layers.grid, layers.side) };
    const all = [...Array(PROJECTION.depth).keys()];
    return { side: layers.side, values: squeezed(layers.grid, layers.side, squeeze ? all : [PROJECTION.depth >> 1]) };
  });
}

/** A view as a gray image. */
export function viewImage({ side, values }: DepthView): RgbImage {
  const data = new Uint8Array(3 * side * side);
  for (let i = 0; i < values.length; i++) data.fill(Math.round(255 * (values[i] as number)), 3 * i, 3 * i + 3);
  return { width: side, height: side, data };
}
