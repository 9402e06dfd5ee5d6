// Image files of many kinds against the pixels that Pillow makes of them (files and pixels by test/golden/images.py).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage, isRgbImage, type RgbImage } from './image.js';

interface Case {
  name: string;
  file: string;
  width: number;
  height: number;
  pixels: string;
  tolerance?: number;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/images.json', import.meta.url), 'utf8')) as { cases: Case[] };

/** The largest difference between bytes of an image and of these pixels. */
function distance({ data }: RgbImage, pixels: string): number {
  return Buffer.from(pixels, 'base64').reduce((most, v, i) => Math.max(most, Math.abs(v - (data[i] as number))), 0);
}

describe('image files', () => {
  it.each(golden.cases)('$name', async ({ file, width, height, pixels, tolerance = 0 }) => {
    const image = await decodeImage(Buffer.from(file, 'base64'));
    expect([image.width, image.height]).toEqual([width, height]);
    expect(image.data).toHaveLength(width * height * 3);
    expect(distance(image, pixels)).toBeLessThanOrEqual(tolerance);
  });

  it.each(golden.cases)('$name, cut off, is refused by name unless the picture is whole', async ({ file, pixels, tolerance = 0 }) => {
    const bytes = Buffer.from(file, 'base64');
    for (const share of [0.05, 0.3, 0.6, 0.9]) {
      const cut = bytes.subarray(0, Math.ceil(bytes.length * share));
      const image = await decodeImage(cut).catch((error: unknown) => error);
      // What is cut behind the first picture, or behind the last pixel, is no loss.
      if (isRgbImage(image)) expect(distance(image, pixels)).toBeLessThanOrEqual(tolerance);
      else expect(image).toMatchObject({ code: expect.stringMatching(/^media\.(damaged|format)$/), place: 'image bytes' });
    }
  });
});
