// Resampling of 8-bit RGB, bit for bit: Pillow's, which images are published with, and torch's, which frames of videos are resized by.

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

/**
 * Whose fixed-point weights: both go over columns, round to 8 bits, then over rows, by the same kernels. Pillow's weights have 22 bits after
 * the binary point (of 32, for 8-bit pixels and two guard bits); torch's, used by torchvision on uint8, are 16-bit numbers.
 */
export type ResizeArithmetic = 'pillow' | 'torch';

const PILLOW_BITS = 32 - 8 - 2;
const TORCH_LIMIT = 2 ** 15;

/** As many bits as leave the largest of torch's weights below 2^15. */
function torchBits(weights: Float64Array): number {
  const most = weights.reduce((a, b) => Math.max(a, b), 0);
  let bits = 0;
  while (bits < PILLOW_BITS && Math.trunc(0.5 + most * 2 ** (bits + 1)) < TORCH_LIMIT) bits++;
  return bits;
}

interface Taps {
  /** Weights, `width` per output position. */
  weights: Int32Array;
  width: number;
  /** First source position of each output position. */
  first: Int32Array;
  /** Number of source positions of each output position. */
  count: Int32Array;
  /** After the binary point of a weight. */
  bits: number;
}

/** Fixed-point weights for one axis. When shrinking, the kernel is stretched by the scale: that is the antialiasing. */
function tapsFor(filter: Exclude<ResizeFilter, 'nearest'>, from: number, to: number, arithmetic: ResizeArithmetic): Taps {
  const { support: radius, weight } = KERNELS[filter];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const width = Math.ceil(support) * 2 + 1;
  const exact = new Float64Array(to * width);
  const [firsts, counts] = [new Int32Array(to), new Int32Array(to)];
  const perPixel = 1 / stretch;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - first;
    let total = 0;
    for (let k = 0; k < count; k++) {
      const w = weight((k + first - center + 0.5) * perPixel);
      exact[i * width + k] = w;
      total += w;
    }
    if (total !== 0) for (let k = i * width; k < i * width + count; k++) exact[k] = (exact[k] as number) / total;
    firsts[i] = first;
    counts[i] = count;
  }
  const bits = arithmetic === 'pillow' ? PILLOW_BITS : torchBits(exact);
  const weights = Int32Array.from(exact, (w) => Math.trunc(w * 2 ** bits + (w < 0 ? -0.5 : 0.5)));
  return { weights, width, first: firsts, count: counts, bits };
}

const clip8 = (sum: number, bits: number): number => {
  const v = sum >> bits;
  return v < 0 ? 0 : Math.min(v, 255);
};

function horizontal(src: Uint8Array, width: number, height: number, to: number, taps: Taps): Uint8Array {
  const out = new Uint8Array(height * to * 3);
  const { weights, first, count, bits } = taps;
  const half = 2 ** (bits - 1);
  for (let y = 0, o = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < to; x++, o += 3) {
      let r = half;
      let g = half;
      let b = half;
      let w = x * taps.width;
      let p = row + (first[x] as number) * 3;
      for (const end = w + (count[x] as number); w < end; w++, p += 3) {
        const k = weights[w] as number;
        r += k * (src[p] as number);
        g += k * (src[p + 1] as number);
        b += k * (src[p + 2] as number);
      }
      out[o] = clip8(r, bits);
      out[o + 1] = clip8(g, bits);
      out[o + 2] = clip8(b, bits);
    }
  }
  return out;
}

function vertical(src: Uint8Array, width: number, to: number, taps: Taps): Uint8Array {
  const row = width * 3;
  const out = new Uint8Array(to * row);
  const sums = new Float64Array(row); // row by row, so that memory is read in order; integers below 2^53 stay exact
  for (let y = 0; y < to; y++) {
    sums.fill(2 ** (taps.bits - 1));
    const count = taps.count[y] as number;
    for (let k = 0; k < count; k++) {
      const weight = taps.weights[y * taps.width + k] as number;
      const p = ((taps.first[y] as number) + k) * row;
      for (let i = 0; i < row; i++) sums[i] = (sums[i] as number) + weight * (src[p + i] as number);
    }
    for (let i = 0; i < row; i++) out[y * row + i] = clip8(sums[i] as number, taps.bits);
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
 * 8 bits, vertical pass; or with torch's arithmetic as torchvision resizes uint8 with antialias. An image that already has the size is
 * returned as it is, not copied.
 */
export function resize(
  image: RgbImage,
  width: number,
  height: number,
  filter: ResizeFilter = 'bicubic',
  arithmetic: ResizeArithmetic = 'pillow',
): RgbImage {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw new SensoriumError('media.shape', 'cannot resize to this size', { expected: 'positive whole pixels', got: `${width}x${height}` });
  if (image.width === width && image.height === height) return image;
  if (filter === 'nearest') return { width, height, data: nearest(image, width, height) };
  let data = image.data;
  if (image.width !== width) data = horizontal(data, image.width, image.height, width, tapsFor(filter, image.width, width, arithmetic));
  if (image.height !== height) data = vertical(data, width, height, tapsFor(filter, image.height, height, arithmetic));
  return { width, height, data };
}
