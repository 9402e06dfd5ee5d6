// Pictures cut, enlarged and turned.

import type { RgbImage } from '../../media/index.js';
import { resize } from '../../media/index.js';
import type { PixelBox } from './define.js';

/** Pixels of the largest picture that tools make. */
export const MOST_PIXELS = 2 ** 24;

/** A part of an image, which must lie inside it. */
export function cut({ width, data }: RgbImage, [left, top, right, bottom]: PixelBox): RgbImage {
  const [w, h] = [right - left, bottom - top];
  const out = new Uint8Array(w * h * 3);
  for (let y = 0; y < h; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + w * 3), y * w * 3);
  }
  return { width: w, height: h, data: out };
}

/** An image `factor` times as large, or as much of that as `MOST_PIXELS` allows. */
export function scaled(image: RgbImage, factor: number): RgbImage {
  const most = Math.sqrt(MOST_PIXELS / (image.width * image.height));
  const by = Math.min(factor, most);
  return resize(image, Math.max(1, Math.round(image.width * by)), Math.max(1, Math.round(image.height * by)), 'bicubic');
}

/** An image turned to the right by a number of right angles, 0 to 3. */
export function turned({ width, height, data }: RgbImage, quarters: number): RgbImage {
  const [w, h] = quarters % 2 === 0 ? [width, height] : [height, width];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [u, v] =
        quarters === 1
          ? [y, height - 1 - x]
          : quarters === 2
            ? [width - 1 - x, height - 1 - y]
            : quarters === 3
              ? [width - 1 - y, x]
              : [x, y];
      const from = (v * width + u) * 3;
      out.set(data.subarray(from, from + 3), (y * w + x) * 3);
    }
  return { width: w, height: h, data: out };
}
