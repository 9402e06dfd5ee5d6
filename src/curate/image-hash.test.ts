// pHash against the Python package imagehash, bit for bit (values by test/golden/make_phash.py), and through images that are decoded small.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { picture } from '../../test/golden/picture.js';
import type { RgbImage } from '../media/index.js';
import { decodeImage } from '../media/index.js';
import { reducedImage } from '../media/reduced-image.js';
import { bitsToHex, hamming, pHash } from './image-hash.js';
import { blobs } from './testing.js';

type Make = (width: number, height: number, seed: number) => RgbImage;
const of =
  (value: (x: number, y: number, c: number, o: { width: number; height: number; seed: number }) => number): Make =>
  (width, height, seed) => {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0, o = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++, o++) data[o] = value(x, y, c, { width, height, seed });
    return { width, height, data };
  };
const int = Math.floor;
const KINDS: Readonly<Record<string, Make>> = {
  pattern: picture,
  blocks: of((x, y, c, { width, height, seed }) => {
    const cell = int((x * 7) / width) * 73 + int((y * 5) / height) * 151 + c * 57 + seed * 991;
    return Math.imul(cell, 2654435761) >>> 24;
  }),
  slopes: of((x, y, c, { width, height, seed }) =>
    int((int((x * 255) / width) * ((seed % 3) + 1) + int((y * 255) / height) * (c + 1)) / 6),
  ),
};

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/golden/phash.json'), 'utf8')) as {
  kind: string;
  width: number;
  height: number;
  seed: number;
  phash: string;
}[];

it('is that of imagehash', () => {
  expect(golden.length).toBe(63);
  for (const { kind, width, height, seed, phash } of golden)
    expect(bitsToHex(pHash((KINDS[kind] as Make)(width, height, seed))), `${kind} ${width}x${height} ${seed}`).toBe(phash);
});

it('hardly changes where a picture is decoded small', async () => {
  for (const format of ['jpeg', 'png'] as const)
    for (let seed = 0; seed < 12; seed++) {
      const bytes = await blobs(seed, { width: 480, height: 320, format });
      const [whole, small] = [pHash(await decodeImage(bytes)), pHash((await reducedImage(bytes, { side: 64 })).image)];
      expect(hamming(whole, small), `${format} ${seed}`).toBeLessThanOrEqual(2);
    }
});
