// Image files that cost a server more than they cost who sends them, and honest photographs.

import { deflateSync } from 'node:zlib';
import sharp from 'sharp';

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = (bytes: Uint8Array): number =>
  (bytes.reduce((c, b) => (table[(c ^ b) & 255] as number) ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

/** A chunk of a PNG file. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of gray zeros, with chunks of the caller's before its pixels. Of 8 bits, or of 1. */
export function grayPng(
  width: number,
  height: number,
  { bits = 8, extra = [] }: { bits?: number; extra?: readonly [string, Uint8Array][] } = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bits;
  const pixels = deflateSync(Buffer.alloc((Math.ceil((width * bits) / 8) + 1) * height), { level: 9 });
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...extra.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Text of 64 MiB in a chunk of a few kilobytes. */
export const textBomb = (): Buffer =>
  grayPng(64, 64, {
    extra: [['zTXt', Buffer.concat([Buffer.from('x\0\0', 'latin1'), deflateSync(Buffer.alloc(64 * 2 ** 20), { level: 9 })])]],
  });

/** A BMP of run lengths: 10,000 x 4,990 pixels in a few hundred bytes. */
export function runBmp(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(14 + 40 + 1024 + 2);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(14 + 40 + 1024, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(8, 28);
  bytes.writeUInt32LE(1, 30);
  bytes.writeUInt32LE(256, 46);
  bytes.set([0, 1], 14 + 40 + 1024);
  return bytes;
}

/** A photograph, as far as a codec can tell: noise over gradients. */
export async function photo(width: number, height: number, format: 'jpeg' | 'png' | 'webp' | 'tiff' = 'jpeg', seed = 1): Promise<Buffer> {
  const small = Buffer.alloc(512 * 384 * 3);
  for (let i = 0, x = seed; i < small.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    small[i] = (((i % 1536) / 6) & 255) * 0.8 + (x >>> 27);
  }
  return sharp(small, { raw: { width: 512, height: 384, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .toFormat(format)
    .toBuffer();
}

/** One color: many pixels in few bytes. */
export const flat = (
  width: number,
  height: number,
  format: 'jpeg' | 'png' | 'webp' | 'avif' | 'gif',
  background = '#336699',
): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background }, limitInputPixels: false })
    .toFormat(format, format === 'avif' ? { effort: 0 } : {})
    .toBuffer();

/** Inks in a JPEG, which are converted one by one. */
export const inks = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#883311' } })
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();

/** 16 bits a channel. */
export const deep = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#883311' } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();

/** An animation of so many frames. */
export const animation = (side: number, frames: number, format: 'gif' | 'webp'): Promise<Buffer> =>
  sharp(Buffer.alloc(side * side * frames * 3, 90), { raw: { width: side, height: side * frames, channels: 3, pageHeight: side } as never })
    .toFormat(format)
    .toBuffer();
