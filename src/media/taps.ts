// The weights of Pillow's resampling filters along one axis, in its fixed-point arithmetic or torch's.

/** Pillow's filters; their codes (`resample` in preprocessor_config.json) are the indices of `RESAMPLE_CODES`. */
export type ResizeFilter = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming';

/** Index is Pillow's code: 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming. */
export const RESAMPLE_CODES: readonly ResizeFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Each filter's radius in source pixels (at scale 1) and its weight at signed distance x. */
const KERNELS: Readonly<Record<Exclude<ResizeFilter, 'nearest'>, { support: number; weight: (x: number) => number }>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    // Pillow writes these two constants in single precision; in double a pixel here and there differs.
    weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI))),
  },
  bicubic: {
    support: 2,
    weight: (signed) => {
      const a = -0.5; // Keys' value; OpenCV and torch without antialias use -0.75
      const x = Math.abs(signed);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Bits after the binary point of a weight: 8-bit pixels and two guard bits leave 22 of 32. */
export const PRECISION_BITS = 32 - 8 - 2;
const ONE = 2 ** PRECISION_BITS;

/**
 * Whose fixed-point weights: both go over columns, round to 8 bits, then over rows, by the same kernels. Pillow's weights have 22 bits after
 * the binary point; torch's, which torchvision has for uint8 with antialias, are 16-bit numbers.
 */
export type ResizeArithmetic = 'pillow' | 'torch';

/** As many bits as leave the largest of torch's weights below 2^15. */
function torchBits(largest: number): number {
  let bits = 0;
  while (bits < PRECISION_BITS && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < 2 ** 15) bits++;
  return bits;
}

/** One axis of a resize. All lengths in pixels. */
export interface Axis {
  /** Length of the canvas that is resized. */
  from: number;
  to: number;
  /** The wanted part of the result: positions `at` to `at + size`. */
  at: number;
  size: number;
  /** Where on the canvas the image lies; the rest has one color. */
  start: number;
  length: number;
}

/** Positions from the first up to, but not including, the end. */
export type Range = [first: number, end: number];

/** How each wanted position of one axis is made of positions of the image. */
export interface Taps {
  /** Weights, `width` per wanted position. */
  weights: Int32Array;
  width: number;
  /** First position in the image that each wanted position reads. */
  first: Int32Array;
  /** Number of positions in the image that each reads. */
  count: Int32Array;
  /** Sum of the weights that fall on the canvas outside the image. */
  outside: Int32Array;
}

/** Canvas positions that position `i` of the result reads: [first, end). When shrinking, the kernel is stretched by the scale. */
function windowAt(filter: ResizeFilter, { from, to }: Axis, i: number): [first: number, end: number, center: number] {
  const scale = from / to;
  const center = (i + 0.5) * scale;
  if (filter === 'nearest' || from === to) {
    const at = Math.min(from - 1, Math.trunc(center));
    return [at, at + 1, center];
  }
  const support = KERNELS[filter].support * Math.max(scale, 1);
  return [Math.max(0, Math.trunc(center - support + 0.5)), Math.min(from, Math.trunc(center + support + 0.5)), center];
}

/** Positions of the image that the wanted part of an axis reads: [first, end), empty where it lies outside. */
export function imageRange(filter: ResizeFilter, axis: Axis): Range {
  const [first] = windowAt(filter, axis, axis.at);
  const [, end] = windowAt(filter, axis, axis.at + axis.size - 1);
  // Nearest may read one position further, see `nearestTaps`.
  const slack = filter === 'nearest' ? 1 : 0;
  const inside = (n: number): number => Math.min(axis.length, Math.max(0, n - axis.start));
  return [inside(first - slack), inside(end + slack)];
}

/** How many weights `tapsFor` computes for an axis. */
export function tapCount(filter: ResizeFilter, { from, to, size }: Axis): number {
  return filter === 'nearest' || from === to ? size : size * widthOf(filter, from / to);
}

const widthOf = (filter: Exclude<ResizeFilter, 'nearest'>, scale: number): number =>
  Math.ceil(KERNELS[filter].support * Math.max(scale, 1)) * 2 + 1;

/** The most positions of the image that one position reads; at least 1. */
export const mostTaps = ({ count }: Taps): number => count.reduce((a, b) => Math.max(a, b), 1);

function emptyTaps(size: number, width: number): Taps {
  const perPosition = () => new Int32Array(size);
  return { weights: new Int32Array(size * width), width, first: perPosition(), count: perPosition(), outside: perPosition() };
}

/** One tap of weight 1, or none outside the image. */
function putOne(taps: Taps, i: number, position: number, { start, length }: Axis): void {
  const inside = position >= start && position < start + length;
  taps.weights[i] = ONE;
  taps.first[i] = inside ? position - start : 0;
  taps.count[i] = inside ? 1 : 0;
  taps.outside[i] = inside ? 0 : ONE;
}

/** Pillow steps to the nearest positions by addition, so its rounding accumulates and must here too. */
function nearestTaps(axis: Axis): Taps {
  const taps = emptyTaps(axis.size, 1);
  const step = axis.from / axis.to;
  let at = step * 0.5;
  if (axis.at > 2 ** 24)
    at += axis.at * step; // no image of Pillow is so long
  else for (let i = 0; i < axis.at; i++) at += step;
  for (let i = 0; i < axis.size; i++, at += step) putOne(taps, i, Math.min(axis.from - 1, Math.trunc(at)), axis);
  return taps;
}

/** Normalized weights of the canvas positions that position `i` of the result reads, in `into`; gives the range of positions. */
function exactWeights(filter: Exclude<ResizeFilter, 'nearest'>, axis: Axis, i: number, into: Float64Array): Range {
  const { weight } = KERNELS[filter];
  const perPixel = 1 / Math.max(axis.from / axis.to, 1);
  const [first, end, center] = windowAt(filter, axis, i);
  let total = 0;
  for (let k = first; k < end; k++) {
    const w = weight((k - center + 0.5) * perPixel);
    into[k - first] = w;
    total += w;
  }
  if (total !== 0) for (let k = 0; k < end - first; k++) into[k] = (into[k] as number) / total;
  return [first, end];
}

/** The largest weight of a whole axis. */
function largestWeight(filter: Exclude<ResizeFilter, 'nearest'>, axis: Axis, scratch: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < axis.to; i++) {
    const [first, end] = exactWeights(filter, axis, i, scratch);
    for (let k = 0; k < end - first; k++) largest = Math.max(largest, scratch[k] as number);
  }
  return largest;
}

/** The weights of one axis, fixed-point with `PRECISION_BITS`: torch's have fewer bits, behind which there are zeros. */
export function tapsFor(filter: ResizeFilter, axis: Axis, arithmetic: ResizeArithmetic = 'pillow'): Taps {
  const { from, to, start, length } = axis;
  if (filter === 'nearest') return nearestTaps(axis);
  if (from === to) {
    const taps = emptyTaps(axis.size, 1);
    for (let i = 0; i < axis.size; i++) putOne(taps, i, axis.at + i, axis);
    return taps;
  }
  const taps = emptyTaps(axis.size, widthOf(filter, from / to));
  const exact = new Float64Array(taps.width);
  const bits = arithmetic === 'pillow' ? PRECISION_BITS : torchBits(largestWeight(filter, axis, exact));
  const [one, unit] = [2 ** bits, 2 ** (PRECISION_BITS - bits)];
  for (let i = 0; i < axis.size; i++) {
    const [first, end] = exactWeights(filter, axis, axis.at + i, exact);
    let [n, outside] = [0, 0];
    for (let k = first; k < end; k++) {
      const w = (exact[k - first] as number) * one;
      const fixed = Math.trunc(w < 0 ? w - 0.5 : w + 0.5) * unit;
      if (k < start || k >= start + length) outside += fixed;
      else taps.weights[i * taps.width + n++] = fixed;
    }
    taps.first[i] = Math.min(length, Math.max(0, first - start));
    taps.count[i] = n;
    taps.outside[i] = outside;
  }
  return taps;
}
