// The resampler against Pillow's and torchvision's own output, byte for byte (golden values by test/golden/resize.py, resize_torch.py).

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { crop } from './pixels.js';
import { type ResizeFilter, resize, resizeWork } from './resize.js';

interface Case {
  source: [number, number];
  target: [number, number];
  seed: number;
  filter: ResizeFilter;
  pixels?: string;
  sha256?: string;
}
const read = (name: string): { cases: Case[] } =>
  JSON.parse(readFileSync(new URL(`../../test/golden/${name}.json`, import.meta.url), 'utf8')) as { cases: Case[] };
const golden = read('resize');

describe('resize', () => {
  it('has golden cases for every filter', () => {
    expect(new Set(golden.cases.map((c) => c.filter)).size).toBe(6);
    expect(golden.cases.length).toBeGreaterThan(80);
  });

  it.each(golden.cases.filter((c) => c.pixels))('$filter $source -> $target equals Pillow', ({ source, target, seed, filter, pixels }) => {
    const out = resize(noise(source[0], source[1], seed), target[0], target[1], filter);
    expect([out.width, out.height]).toEqual(target);
    expect(Array.from(out.data)).toEqual(Array.from(Buffer.from(pixels as string, 'base64')));
  });

  it.each(golden.cases.filter((c) => c.sha256))(
    '$filter $source -> $target equals Pillow (hash)',
    ({ source, target, seed, filter, sha256 }) => {
      const out = resize(noise(source[0], source[1], seed), target[0], target[1], filter);
      expect(createHash('sha256').update(out.data).digest('hex')).toBe(sha256);
    },
  );

  it.each(read('resize-torch').cases)(
    '$filter $source -> $target equals torchvision',
    ({ source, target, seed, filter, pixels, sha256 }) => {
      const out = resize(noise(source[0], source[1], seed), target[0], target[1], filter, { arithmetic: 'torch' });
      if (pixels) expect(Array.from(out.data)).toEqual(Array.from(Buffer.from(pixels, 'base64')));
      else expect(createHash('sha256').update(out.data).digest('hex')).toBe(sha256);
    },
  );

  it('does not copy an image that has the size', () => {
    const image = noise(4, 4, 1);
    expect(resize(image, 4, 4)).toBe(image);
  });

  it.each([
    [0, 'media.ratio'],
    [-1, 'media.shape'],
    [1.5, 'media.shape'],
    [Number.NaN, 'media.shape'],
  ])('refuses the size %s', (n, code) => {
    expect(() => resize(noise(4, 4, 1), n, 4)).toThrow(expect.objectContaining({ code }));
  });

  const filters = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;
  const shapes: readonly (readonly [source: [number, number], target: [number, number]])[] = [
    [[31, 17], [9, 40]],
    [[3, 50], [20, 7]],
    [[1, 60], [8, 480]],
    [[25, 25], [25, 10]],
    [[12, 30], [12, 30]],
    [[40, 9], [100, 9]],
  ]; // biome-ignore format: a table

  it.each(filters)('computes a part of the result as it is in the whole: %s', (filter) => {
    for (const [[w, h], [width, height]] of shapes) {
      const image = noise(w, h, w + h);
      const whole = resize(image, width, height, filter);
      for (const [left, top, right, bottom] of [[0, 0, 1, 1], [0.3, 0.4, 0.7, 0.9], [0.9, 0.9, 1, 1]] as const) {
        const [x, y] = [Math.floor(left * width), Math.floor(top * height)];
        const region = { left: x, top: y, width: Math.ceil(right * width) - x, height: Math.ceil(bottom * height) - y };
        expect(resize(image, width, height, filter, { region })).toEqual(crop(whole, region));
      }
    } // biome-ignore format: short
  });

  it.each(filters)('resizes a canvas without making it: %s', (filter) => {
    const color = [12, 250, 133];
    for (const [[w, h], [width, height]] of shapes) {
      const image = noise(w, h, w * h);
      const canvas = { width: Math.max(w, h) + 3, height: Math.max(w, h) + 5, left: 2, top: 4, color };
      const made = new Uint8Array(canvas.width * canvas.height * 3).map((_, i) => color[i % 3] as number);
      for (let y = 0; y < h; y++) made.set(image.data.subarray(y * w * 3, (y + 1) * w * 3), ((y + 4) * canvas.width + 2) * 3);
      const whole = resize({ width: canvas.width, height: canvas.height, data: made }, width, height, filter);
      expect(resize(image, width, height, filter, { canvas })).toEqual(whole);
      const region = { left: width >> 1, top: height >> 2, width: 2, height: 3 };
      expect(resize(image, width, height, filter, { canvas, region })).toEqual(crop(whole, region));
    }
  });

  it('reads tall windows in slices as it reads them whole', () => {
    const [wide, tall] = [noise(700, 3000, 4), noise(7, 3000, 4)];
    for (let y = 0; y < 3000; y++) for (let i = 0; i < 21; i++) tall.data[y * 21 + i] = wide.data[y * 2100 + 600 + i] as number;
    const sliced = resize(wide, 700, 5, 'lanczos'); // more than a megabyte for each row
    expect(crop(sliced, { left: 200, top: 0, width: 7, height: 5 })).toEqual(resize(tall, 7, 5, 'lanczos'));
  });

  it('counts its work before it begins, and refuses what no image is worth', () => {
    expect(resizeWork({ width: 100, height: 50 }, { width: 10, height: 5 }, 'box')).toEqual({ pixels: 10 * 50 + 10 * 5, weights: 15 * 11 });
    expect(resizeWork({ width: 100, height: 50 }, { width: 100, height: 5 }, 'nearest').pixels).toBe(500);
    const data = new Uint8Array(3);
    for (const [width, height, to] of [
      [2, 1_000_000, [378, 980]],
      [1, 150_000, [64, 9_600_000]],
      [1, 50_000_000, [64, 64]],
      [50_000_000, 1, [64, 64]],
      [2, 2, [2 ** 31, 2 ** 31]],
    ] as const)
      expect(() => resize({ width, height, data }, to[0], to[1])).toThrow(expect.objectContaining({ code: 'media.ratio' }));
  });

  it('refuses no photograph, whatever it is resized to', () => {
    for (const [width, height] of [[8000, 6000], [6000, 8000], [12000, 4000], [1080, 20000], [50, 50]] as const)
      for (const [w, h] of [[384, 384], [1148, 868], [width + 20, height - 20]] as const) {
        const { pixels, weights } = resizeWork({ width, height }, { width: w, height: h }, 'lanczos');
        expect(pixels).toBeLessThanOrEqual(Math.max(2 ** 24, 4 * width * height));
        expect(weights).toBeLessThan(2 ** 18);
      } // biome-ignore format: short
  });
});
