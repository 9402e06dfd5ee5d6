// The resampler against Pillow's and torchvision's own output, byte for byte (golden values by test/golden/resize.py, resize_torch.py).

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { type ResizeFilter, resize } from './resize.js';

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
      const out = resize(noise(source[0], source[1], seed), target[0], target[1], filter, 'torch');
      if (pixels) expect(Array.from(out.data)).toEqual(Array.from(Buffer.from(pixels, 'base64')));
      else expect(createHash('sha256').update(out.data).digest('hex')).toBe(sha256);
    },
  );

  it('does not copy an image that has the size', () => {
    const image = noise(4, 4, 1);
    expect(resize(image, 4, 4)).toBe(image);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the size %s', (n) => {
    expect(() => resize(noise(4, 4, 1), n, 4)).toThrow(/positive whole pixels/);
  });
});
