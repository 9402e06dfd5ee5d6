// Perceptual hashes of images: 64 bits that stay nearly the same when a picture is scaled, compressed or slightly recolored.

import type { RgbImage } from '../media/index.js';
import { PRECISION_BITS, type Taps, tapsFor } from '../media/taps.js';

/** 64 bits as two unsigned halves. */
export interface Bits64 {
  high: number;
  low: number;
}

/** Side of the picture that the cosine transform is taken of, and of its corner that is kept. */
const SIDE = 32;
const KEPT = 8;

/** cos((2x + 1) u pi / 2N), [u, x]: the rows of the DCT-II that are needed. */
const COSINES = Float64Array.from({ length: KEPT * SIDE }, (_, i) => {
  const [u, x] = [Math.floor(i / SIDE), i % SIDE];
  return Math.cos(((2 * x + 1) * u * Math.PI) / (2 * SIDE));
});

/** Taps of Pillow's Lanczos filter by the lengths they go from and to: images of a data set have few sizes. */
const kept = new Map<string, Taps>();
const MOST_KEPT = 256;

function lanczos(from: number, to: number): Taps {
  const key = `${from} ${to}`;
  let taps = kept.get(key);
  if (!taps) {
    if (kept.size >= MOST_KEPT) kept.clear();
    taps = tapsFor('lanczos', { from, to, at: 0, size: to, start: 0, length: from });
    kept.set(key, taps);
  }
  return taps;
}

const HALF = 2 ** (PRECISION_BITS - 1);
const toByte = (sum: number): number => {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
};

/** Brightness [height, width]: Pillow's `convert('L')`, then its Lanczos resize of one channel, in its fixed-point arithmetic. */
function grayOf(image: RgbImage, width: number, height: number): Uint8Array {
  const { data, width: w, height: h } = image;
  const gray = new Uint8Array(w * h);
  for (let i = 0, at = 0; i < gray.length; i++, at += 3)
    gray[i] = ((data[at] as number) * 19595 + (data[at + 1] as number) * 38470 + (data[at + 2] as number) * 7471 + 0x8000) >> 16;
  if (w === width && h === height) return gray;
  const [across, down] = [lanczos(w, width), lanczos(h, height)];
  const rows = new Uint8Array(width * h);
  for (let x = 0; x < width; x++) {
    const [first, n, at] = [across.first[x] as number, across.count[x] as number, x * across.width];
    for (let y = 0; y < h; y++) {
      let sum = HALF;
      for (let k = 0, from = y * w + first; k < n; k++) sum += (gray[from + k] as number) * (across.weights[at + k] as number);
      rows[y * width + x] = toByte(sum);
    }
  }
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const [first, n, at] = [down.first[y] as number, down.count[y] as number, y * down.width];
    for (let x = 0; x < width; x++) {
      let sum = HALF;
      for (let k = 0, from = first * width + x; k < n; k++, from += width) sum += (rows[from] as number) * (down.weights[at + k] as number);
      out[y * width + x] = toByte(sum);
    }
  }
  return out;
}

const bitsOf = (isSet: (bit: number) => boolean): Bits64 => {
  let [high, low] = [0, 0];
  for (let i = 0; i < 32; i++) {
    high = (high << 1) | (isSet(i) ? 1 : 0);
    low = (low << 1) | (isSet(32 + i) ? 1 : 0);
  }
  return { high: high >>> 0, low: low >>> 0 };
};

/**
 * pHash (Zauner 2010), bit for bit that of the Python package imagehash: the 8x8 lowest frequencies of the cosine transform of a 32x32 picture, each
 * above their median or not.
 */
export function pHash(image: RgbImage): Bits64 {
  const gray = grayOf(image, SIDE, SIDE);
  const rows = new Float64Array(SIDE * KEPT);
  for (let y = 0; y < SIDE; y++)
    for (let u = 0; u < KEPT; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += (gray[y * SIDE + x] as number) * (COSINES[u * SIDE + x] as number);
      rows[y * KEPT + u] = sum;
    }
  const low = new Float64Array(KEPT * KEPT);
  for (let v = 0; v < KEPT; v++)
    for (let u = 0; u < KEPT; u++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += (rows[y * KEPT + u] as number) * (COSINES[v * SIDE + y] as number);
      low[v * KEPT + u] = sum;
    }
  const sorted = Float64Array.from(low).sort();
  const median = ((sorted[31] as number) + (sorted[32] as number)) / 2;
  // A picture of one color has no frequencies but rounding: none of them is a bit.
  const least = 1e-10 * Math.max(1, Math.abs(low[0] as number));
  return bitsOf((i) => (low[i] as number) > median + least);
}

/** dHash: whether each pixel of an 8x8 grid is brighter than its left neighbor. */
export function dHash(image: RgbImage): Bits64 {
  const gray = grayOf(image, KEPT + 1, KEPT);
  return bitsOf((i) => {
    const at = Math.floor(i / KEPT) * (KEPT + 1) + (i % KEPT);
    return (gray[at + 1] as number) > (gray[at] as number);
  });
}

/** 16 hexadecimal digits. */
export const bitsToHex = ({ high, low }: Bits64): string => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');

/** The bits of 16 hexadecimal digits. */
export const hexToBits = (hex: string): Bits64 => ({
  high: Number.parseInt(hex.slice(0, 8), 16),
  low: Number.parseInt(hex.slice(8), 16),
});

/** Set bits of 32. */
export function popcount(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits that differ, 0 to 64. */
export const hamming = (a: Bits64, b: Bits64): number => popcount(a.high ^ b.high) + popcount(a.low ^ b.low);
