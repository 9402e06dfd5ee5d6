// A picture with masks drawn over it, each in a color of its own.

import type { RgbImage } from '../media/image.js';
import { encodePng } from '../media/index.js';
import type { Mask } from '../media/region.js';

const COLORS = [
  [230, 25, 75],
  [60, 180, 75],
  [67, 99, 216],
  [245, 130, 49],
  [145, 30, 180],
] as const;

/** A PNG file's bytes. Masks have the size of the image. */
export function drawMasks({ width, height, data }: RgbImage, masks: readonly Mask[]): Promise<Uint8Array> {
  const out = data.slice();
  for (const [m, mask] of masks.entries()) {
    const color = COLORS[m % COLORS.length] as readonly [number, number, number];
    for (let i = 0; i < width * height; i++)
      if (mask.data[i] !== 0)
        for (let c = 0; c < 3; c++) out[3 * i + c] = Math.round(((out[3 * i + c] as number) + (color[c] as number)) / 2);
  }
  return encodePng({ width, height, data: out });
}
