// Heads of JPEG and PNG files are what sharp reads of them; what is odd, cut or of another kind is left to it.

import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { imageHead } from './image-head.js';

const pixels = (channels: 3 | 4) =>
  sharp({ create: { width: 37, height: 23, channels, background: { r: 90, g: 20, b: 200, alpha: 0.5 } } });

it.each<[string, () => Promise<Buffer>]>([
  ['a JPEG', () => pixels(3).jpeg().toBuffer()],
  ['a progressive JPEG', () => pixels(3).jpeg({ progressive: true }).toBuffer()],
  ['a gray JPEG', () => pixels(3).grayscale().jpeg().toBuffer()],
  ['a JPEG with a profile', () => pixels(3).withIccProfile('p3').jpeg().toBuffer()],
  ...[1, 3, 6, 8].map((orientation): [string, () => Promise<Buffer>] => [
    `a JPEG that is turned by ${orientation}`,
    () => pixels(3).withMetadata({ orientation }).jpeg().toBuffer(),
  ]),
  ['a PNG', () => pixels(3).png().toBuffer()],
  ['a PNG with alpha', () => pixels(4).png().toBuffer()],
  ['a gray PNG', () => pixels(3).grayscale().png().toBuffer()],
  ['an interlaced PNG', () => pixels(3).png({ progressive: true }).toBuffer()],
])('%s', async (_, make) => {
  const bytes = await make();
  const { format, width, height, orientation = 1 } = await sharp(bytes).metadata();
  expect(imageHead(bytes)).toEqual({ format, width, height, orientation });
});

it.each<[string, () => Promise<Buffer>]>([
  ['a CMYK JPEG', () => pixels(3).toColourspace('cmyk').jpeg().toBuffer()],
  ['a PNG of 16 bits', () => pixels(3).toColourspace('rgb16').png().toBuffer()],
  ['a PNG with EXIF', () => pixels(3).withMetadata({ orientation: 6 }).png().toBuffer()],
  ['a WebP', () => pixels(3).webp().toBuffer()],
])('%s is left to sharp', async (_, make) => {
  expect(imageHead(await make())).toBeUndefined();
});

it('bytes of any kind, and files that are cut off, do no harm', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom([], [0xff, 0xd8], [0x89, 0x50, 0x4e, 0x47]), (bytes, head) => {
      const found = imageHead(Uint8Array.from([...head, ...bytes]));
      return found === undefined || found.width > 0;
    }),
  );
  for (const bytes of [await pixels(3).withMetadata({ orientation: 6 }).jpeg().toBuffer(), await pixels(4).png().toBuffer()])
    for (let n = 0; n < Math.min(bytes.length, 900); n++) imageHead(bytes.subarray(0, n));
});
