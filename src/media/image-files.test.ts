// Image files of many kinds against the pixels that Pillow makes of them (files and pixels by test/golden/images.py).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './image.js';

interface Case {
  name: string;
  file: string;
  width: number;
  height: number;
  pixels: string;
  tolerance?: number;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/images.json', import.meta.url), 'utf8')) as { cases: Case[] };

describe('image files', () => {
  it.each(golden.cases)('$name', async ({ file, width, height, pixels, tolerance = 0 }) => {
    const image = await decodeImage(Buffer.from(file, 'base64'));
    expect([image.width, image.height]).toEqual([width, height]);
    const expected = Buffer.from(pixels, 'base64');
    const off = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - (image.data[i] as number))), 0);
    expect(off).toBeLessThanOrEqual(tolerance);
    expect(image.data).toHaveLength(expected.length);
  });
});
