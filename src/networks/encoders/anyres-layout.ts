// How features of tiles become rows of the prompt: the grid put together, what was padding left out, shrunk where it is large.

import type { HeightWidth } from '../../media/index.js';

/** Rows as sums of features: `taps` of them each, by number and weight. */
export interface RowPlan {
  rows: number;
  taps: number;
  sources: Int32Array;
  weights: Float32Array;
}

/** Where a feature is, in a grid of `height` x `width` features. */
export interface FeatureGrid {
  height: number;
  width: number;
  /** Number of the feature at a place. */
  at(y: number, x: number): number;
}

/** Features of tiles, `side` x `side` in each, as one grid. `first` is the number of the first feature of the first tile. */
export function tileGrid(tiles: HeightWidth, side: number, first: number): FeatureGrid {
  const at = (y: number, x: number): number =>
    first + (Math.floor(y / side) * tiles[1] + Math.floor(x / side)) * side * side + (y % side) * side + (x % side);
  return { height: tiles[0] * side, width: tiles[1] * side, at };
}

/** The part of a grid that shows an image of this size, which was fitted into it. */
export function unpadded(grid: FeatureGrid, [height, width]: HeightWidth): FeatureGrid {
  const { height: h, width: w, at } = grid;
  if (width / height > w / h) {
    const top = Math.floor((h - wholePart(height * (w / width))) / 2);
    return { height: h - 2 * top, width: w, at: (y, x) => at(y + top, x) };
  }
  const left = Math.floor((w - wholePart(width * (h / height))) / 2);
  return { height: h, width: w - 2 * left, at: (y, x) => at(y, x + left) };
}

/** Python's int(round(x, 7)). */
const wholePart = (x: number): number => Math.trunc(Number(x.toFixed(7)));

/** The size that a grid of more features than `most` tiles have is shrunk to; undefined where it stays. */
export function shrunkSize({ height, width }: FeatureGrid, side: number, most: number): HeightWidth | undefined {
  const ratio = Math.sqrt((height * width) / (most * side ** 2));
  return ratio > 1.1 ? [floorDivide(height, ratio), floorDivide(width, ratio)] : undefined;
}

/** Python's a // b for floats, which is not the floor of the rounded quotient. */
function floorDivide(a: number, b: number): number {
  const quotient = (a - (a % b)) / b;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** Two neighbours and their weights for each of `to` positions over `from`, in torch's single precision (bilinear, corners not aligned). */
function neighbours(from: number, to: number): { low: number; high: number; part: number }[] {
  const scale = Math.fround(from / to);
  return Array.from({ length: to }, (_, i) => {
    const position = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    const low = Math.min(Math.floor(position), from - 1);
    return { low, high: Math.min(low + 1, from - 1), part: Math.min(Math.fround(position - low), 1) };
  });
}

/** Collects rows: features as they are, lines of grids, grids shrunk. */
export class RowPlanner {
  private readonly rows: { sources: number[]; weights: number[] }[] = [];

  /** One feature. */
  add(source: number): this {
    this.rows.push({ sources: [source], weights: [1] });
    return this;
  }

  /** `count` features from `first` on. */
  addRun(first: number, count: number): this {
    for (let i = 0; i < count; i++) this.add(first + i);
    return this;
  }

  /** A grid line by line, each followed by `newline` where there is one; `size` shrinks it first. */
  addGrid(grid: FeatureGrid, { size, newline }: { size?: HeightWidth; newline?: number } = {}): this {
    if (size) this.addShrunk(grid, size, newline);
    else
      for (let y = 0; y < grid.height; y++) {
        for (let x = 0; x < grid.width; x++) this.add(grid.at(y, x));
        if (newline !== undefined) this.add(newline);
      }
    return this;
  }

  private addShrunk(grid: FeatureGrid, [height, width]: HeightWidth, newline: number | undefined): void {
    const columns = neighbours(grid.width, width);
    for (const y of neighbours(grid.height, height)) {
      for (const x of columns)
        this.rows.push({
          sources: [grid.at(y.low, x.low), grid.at(y.low, x.high), grid.at(y.high, x.low), grid.at(y.high, x.high)],
          weights: [(1 - y.part) * (1 - x.part), (1 - y.part) * x.part, y.part * (1 - x.part), y.part * x.part],
        });
      if (newline !== undefined) this.add(newline);
    }
  }

  /** Everything that was added, in order, with `least` taps or more for each row. */
  plan(least = 1): RowPlan {
    const rows = this.rows.length;
    const taps = this.rows.reduce((n, row) => Math.max(n, row.sources.length), least);
    const sources = new Int32Array(rows * taps);
    const weights = new Float32Array(rows * taps);
    this.rows.forEach((row, r) => {
      sources.set(row.sources, r * taps);
      weights.set(row.weights, r * taps);
    });
    return { rows, taps, sources, weights };
  }
}
