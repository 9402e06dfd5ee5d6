// Pillow's resampling on 8-bit RGB, bit for bit: the published image processors resize with Pillow, so their inputs do too.

import { SensoriumError } from '../util/errors.js';
import type { RgbImage } from './image.js';

/** Pillow's filters; their codes (`resample` in preprocessor_config.json) are the keys of `RESAMPLE_CODES`. */
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
const PRECISION_BITS = 32 - 8 - 2;
const ONE = 2 ** PRECISION_BITS;
const HALF = 2 ** (PRECISION_BITS - 1);

interface Taps {
  /** Weights, `width` per output position. */
  weights: Int32Array;
  width: number;
  /** First source position of each output position. */
  first: Int32Array;
  /** Number of source positions of each output position. */
  count: Int32Array;
}

/** Fixed-point weights for one axis. When shrinking, the kernel is stretched by the scale: that is the antialiasing. */
function tapsFor(filter: Exclude<ResizeFilter, 'nearest'>, from: number, to: number): Taps {
  const { support: radius, weight } = KERNELS[filter];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const width = Math.ceil(support) * 2 + 1;
  const taps: Taps = { weights: new Int32Array(to * width), width, first: new Int32Array(to), count: new Int32Array(to) };
  const exact = new Float64Array(width);
  const perPixel = 1 / stretch;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - first;
    let total = 0;
    for (let k = 0; k < count; k++) {
      const w = weight((k + first - center + 0.5) * perPixel);
      exact[k] = w;
      total += w;
    }
    for (let k = 0; k < count; k++) {
      const w = (total !== 0 ? (exact[k] as number) / total : (exact[k] as number)) * ONE;
      taps.weights[i * width + k] = Math.trunc(w < 0 ? w - 0.5 : w + 0.5);
    }
    taps.first[i] = first;
    taps.count[i] = count;
  }
  return taps;
}

const clip8 = (sum: number): number => {
  const v = sum >> PRECISION_BITS;
  return v < 0 ? 0 : Math.min(v, 255);
};

function horizontal(src: Uint8Array, width: number, height: number, to: number, taps: Taps): Uint8Array {
  const out = new Uint8Array(height * to * 3);
  const { weights, first, count } = taps;
  for (let y = 0, o = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < to; x++, o += 3) {
      let r = HALF;
      let g = HALF;
      let b = HALF;
      let w = x * taps.width;
      let p = row + (first[x] as number) * 3;
      for (const end = w + (count[x] as number); w < end; w++, p += 3) {
        const k = weights[w] as number;
        r += k * (src[p] as number);
        g += k * (src[p + 1] as number);
        b += k * (src[p + 2] as number);
      }
      out[o] = clip8(r);
      out[o + 1] = clip8(g);
      out[o + 2] = clip8(b);
    }
  }
  return out;
}

function vertical(src: Uint8Array, width: number, to: number, taps: Taps): Uint8Array {
  const row = width * 3;
  const out = new Uint8Array(to * row);
  const sums = new Float64Array(row); // row by row, so that memory is read in order; integers below 2^53 stay exact
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    const count = taps.count[y] as number;
    for (let k = 0; k < count; k++) {
      const weight = taps.weights[y * taps.width + k] as number;
      const p = ((taps.first[y] as number) + k) * row;
      for (let i = 0; i < row; i++) sums[i] = (sums[i] as number) + weight * (src[p + i] as number);
    }
    for (let i = 0; i < row; i++) out[y * row + i] = clip8(sums[i] as number);
  }
  return out;
}

/** Source positions for nearest; Pillow steps by addition, so rounding accumulates and must here too. */
function nearestPositions(from: number, to: number): Int32Array {
  const positions = new Int32Array(to);
  const step = from / to;
  for (let i = 0, at = step * 0.5; i < to; i++, at += step) positions[i] = Math.min(from - 1, Math.trunc(at));
  return positions;
}

function nearest(src: RgbImage, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  const xs = nearestPositions(src.width, width);
  const ys = nearestPositions(src.height, height);
  for (let y = 0, o = 0; y < height; y++) {
    const row = (ys[y] as number) * src.width;
    for (let x = 0; x < width; x++, o += 3) {
      const p = (row + (xs[x] as number)) * 3;
      out[o] = src.data[p] as number;
      out[o + 1] = src.data[p + 1] as number;
      out[o + 2] = src.data[p + 2] as number;
    }
  }
  return out;
}

/**
 * Resizes to width x height as `PIL.Image.resize` does (its whole-image box, no reducing gap): horizontal pass, rounding to
 * 8 bits, vertical pass. An image that already has the size is returned as it is, not copied.
 */
export function resize(image: RgbImage, width: number, height: number, filter: ResizeFilter = 'bicubic'): RgbImage {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw new SensoriumError('media.shape', 'cannot resize to this size', { expected: 'positive whole pixels', got: `${width}x${height}` });
  if (image.width === width && image.height === height) return image;
  if (filter === 'nearest') return { width, height, data: nearest(image, width, height) };
  let data = image.data;
  if (image.width !== width) data = horizontal(data, image.width, image.height, width, tapsFor(filter, image.width, width));
  if (image.height !== height) data = vertical(data, width, height, tapsFor(filter, image.height, height));
  return { width, height, data };
}
