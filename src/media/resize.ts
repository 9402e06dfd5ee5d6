// Resampling of 8-bit RGB, bit for bit: Pillow's, which images are published with, and torch's, which frames of videos are resized by.

import { SensoriumError } from '../util/errors.js';
import type { RgbImage } from './image.js';
import { type Axis, imageRange, type Range, type ResizeArithmetic, type ResizeFilter, type Taps, tapCount, tapsFor } from './taps.js';
import { TAPS_HEADER, Weigher } from './weigh.js';

export { RESAMPLE_CODES, type ResizeArithmetic, type ResizeFilter } from './taps.js';

/** A rectangle, in pixels. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A larger picture of one color that an image lies on. It is resized without being made. */
export interface Canvas {
  width: number;
  height: number;
  /** Where the image lies. */
  left: number;
  top: number;
  /** Bytes of red, green and blue. */
  color: readonly number[];
}

export interface ResizeOptions {
  /** The part of the result that is wanted; only that is computed. Default: all of it. */
  region?: Region;
  /** What is resized in place of the image alone. */
  canvas?: Canvas;
  /** Default `pillow`. */
  arithmetic?: ResizeArithmetic;
}

/** What a resize computes: pixels of both passes together, and weights. */
export interface ResizeWork {
  pixels: number;
  weights: number;
}

/** Most pixels that a resize computes; of larger images four times their own. */
const MAX_PIXELS = 2 ** 24;
/** Most weights that a resize computes. */
const MAX_WEIGHTS = 2 ** 20;

type Size = { width: number; height: number };

/** Both axes of a resize; width and height of the result before `region`. */
function axesOf(image: Size, { width, height }: Size, { region, canvas }: ResizeOptions): { x: Axis; y: Axis } {
  const { width: w, height: h, left, top } = canvas ?? { width: image.width, height: image.height, left: 0, top: 0 };
  const part = region ?? { left: 0, top: 0, width, height };
  return {
    x: { from: w, to: width, at: part.left, size: part.width, start: left, length: image.width },
    y: { from: h, to: height, at: part.top, size: part.height, start: top, length: image.height },
  };
}

/** What a resize to `size` would compute; nothing is allocated. */
export function resizeWork(image: Size, size: Size, filter: ResizeFilter = 'bicubic', options: ResizeOptions = {}): ResizeWork {
  const { x, y } = axesOf(image, size, options);
  const [first, end] = imageRange(filter, y);
  const pixels = (isWhole(x) ? 0 : x.size * (end - first)) + (isWhole(y) ? 0 : x.size * y.size);
  return { pixels, weights: tapCount(filter, x) + tapCount(filter, y) };
}

const shape = ({ width, height }: Size): string => `${width}x${height}`;
const CROP = 'Crop it, or pad its shorter side';

/** `media.ratio` for an image whose shorter side would become 0 pixels. */
export function nothingLeft(image: Size, size: Size): SensoriumError {
  return new SensoriumError('media.ratio', 'the image is too long for its width: nothing is left of it when it is resized', {
    expected: 'positive whole pixels',
    got: `${shape(image)} resized to ${shape(size)}`,
    hint: CROP,
  });
}

/** Errors: `media.ratio` for a side of 0 and for too much work, `media.shape` for sizes that cannot be. */
function check(image: Size, size: Size, filter: ResizeFilter, options: ResizeOptions): void {
  const sides = [size.width, size.height];
  if (!sides.every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new SensoriumError('media.shape', 'cannot resize to this size', { expected: 'positive whole pixels', got: shape(size) });
  if (sides.includes(0)) throw nothingLeft(image, size);
  const { pixels, weights } = resizeWork(image, size, filter, options);
  const most = Math.max(MAX_PIXELS, 4 * image.width * image.height);
  if (pixels > most || weights > MAX_WEIGHTS)
    throw new SensoriumError('media.ratio', 'the image is too long for its width to be resized', {
      expected: pixels > most ? `at most ${most} pixels to compute` : `at most ${MAX_WEIGHTS} weights to compute`,
      got: `${pixels > most ? pixels : weights} for ${shape(image)} resized to ${shape(size)}`,
      hint: CROP,
    });
}

/** What the passes share: results of four bytes are written where pixels have three, and pixels are read so, so buffers end a little later. */
const SLACK = 16;
/** Most bytes of the rows that one slice of the vertical pass reads. */
const SLICE = 2 ** 20;

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Writes taps as records; offsets are in units of `unit` bytes and begin at position `from`. Returns the bytes of a record. */
function putTaps(ints: Int32Array, { weights, width, first, count, outside }: Taps, unit: number, from: number): number {
  const record = TAPS_HEADER + width;
  for (let i = 0; i < first.length; i++) {
    const at = i * record;
    ints[at] = Math.max(0, (first[i] as number) - from) * unit;
    ints[at + 1] = count[i] as number;
    ints[at + 2] = outside[i] as number;
    ints.set(weights.subarray(i * width, i * width + (count[i] as number)), at + TAPS_HEADER);
  }
  return record * 4;
}

const tapBytes = ({ first, width }: Taps): number => aligned(first.length * (TAPS_HEADER + width) * 4);

/** Rows of the image, resampled across; behind them a row of the canvas outside the image, if there is one. */
function horizontal(
  image: RgbImage,
  { rows, columns, color }: { rows: Range; columns: Range; color: readonly number[] | undefined },
  taps: Taps,
): Uint8Array {
  const [from, end] = columns;
  const [row, result] = [(end - from) * 3, taps.first.length * 3];
  const height = rows[1] - rows[0];
  const out = new Uint8Array((height + 1) * result);
  const base = tapBytes(taps);
  const source = base + 16;
  const target = source + aligned(row + SLACK);
  Weigher.with(target + result + SLACK, (weigher) => {
    const { bytes, ints } = weigher;
    const tapsStep = putTaps(ints, taps, 3, from);
    bytes.fill(0, base, target);
    bytes.set(color ?? [], base);
    const sums = { source, sourceStep: 0, taps: 0, tapsStep, base, baseStep: 0, out: target, end: target + result, outStep: 3, tapStep: 3 };
    for (let y = 0; y < height; y++) {
      const at = ((rows[0] + y) * image.width + from) * 3;
      bytes.set(image.data.subarray(at, at + row), source);
      weigher.sums(sums);
      out.set(bytes.subarray(target, target + result), y * result);
    }
    if (!color) return;
    for (let i = 0; i < row; i++) bytes[source + i] = color[i % 3] as number;
    weigher.sums(sums);
    out.set(bytes.subarray(target, target + result), height * result);
  });
  return out;
}

/** Rows resampled downwards; the first of `src` is row `from` of the image, `blank` a row of the canvas outside it. */
function vertical(src: Uint8Array, from: number, blank: Uint8Array, taps: Taps): Uint8Array {
  const row = blank.length;
  const to = taps.first.length;
  const out = new Uint8Array(to * row);
  const most = taps.count.reduce((a, b) => Math.max(a, b), 1);
  const slice = row * most <= SLICE ? row : Math.min(row, Math.max(64, Math.floor(SLICE / most)));
  const base = tapBytes(taps);
  const target = base + aligned(row + SLACK);
  const source = target + aligned(slice + SLACK);
  Weigher.with(source + most * slice + SLACK, (weigher) => {
    const { bytes, ints } = weigher;
    const tapsStep = putTaps(ints, { ...taps, first: new Int32Array(to) }, 1, 0);
    bytes.set(blank, base);
    for (let left = 0; left < row; left += slice) {
      const size = Math.min(slice, row - left);
      const sums = {
        ...{ source, sourceStep: 4, tapStep: size, taps: 0, tapsStep: 0 },
        ...{ base: base + left, baseStep: 4, out: target, end: target + size, outStep: 4 },
      };
      for (let y = 0; y < to; y++) {
        const [first, count] = [(taps.first[y] as number) - from, taps.count[y] as number];
        if (size === row) bytes.set(src.subarray(first * row, (first + count) * row), source);
        else
          for (let k = 0; k < count; k++) {
            const at = (first + k) * row + left;
            bytes.set(src.subarray(at, at + size), source + k * size);
          }
        sums.taps = y * tapsStep;
        weigher.sums(sums);
        out.set(bytes.subarray(target, target + size), y * row + left);
      }
    }
  });
  return out;
}

/**
 * Resizes to width x height as `PIL.Image.resize` does (its whole-image box, no reducing gap): horizontal pass, rounding to
 * 8 bits, vertical pass; or with torch's arithmetic as torchvision resizes uint8 with antialias. An image that already has the size is
 * returned as it is, not copied. Errors: `media.shape`; `media.ratio` for
 * images so long and narrow that resizing them would compute more than 16.8 million pixels (or four times their own), or leave nothing.
 */
export function resize(
  image: RgbImage,
  width: number,
  height: number,
  filter: ResizeFilter = 'bicubic',
  options: ResizeOptions = {},
): RgbImage {
  check(image, { width, height }, filter, options);
  const { x, y } = axesOf(image, { width, height }, options);
  if (isWhole(x) && isWhole(y)) return image;
  const [rows, columns] = [imageRange(filter, y), imageRange(filter, x)];
  const color = options.canvas?.color;
  let narrow = image.data.subarray(rows[0] * image.width * 3, rows[1] * image.width * 3);
  let blank: Uint8Array = Uint8Array.from({ length: x.size * 3 }, (_, i) => color?.[i % 3] ?? 0);
  if (!isWhole(x)) {
    const made = horizontal(image, { rows, columns, color }, tapsFor(filter, x, options.arithmetic));
    [narrow, blank] = [made.subarray(0, -blank.length), made.subarray(-blank.length)];
  }
  const data = isWhole(y) ? narrow : vertical(narrow, rows[0], blank, tapsFor(filter, y, options.arithmetic));
  return { width: x.size, height: y.size, data };
}

/** Whether the result along this axis is the image as it is. */
const isWhole = ({ from, to, at, size, length }: Axis): boolean => from === to && at === 0 && size === to && length === from;
