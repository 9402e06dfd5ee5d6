// Image files that are legal, or nearly, and take far more work or memory than their size says.

import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { grayPng } from './images.js';

const zeros = (mebibytes: number): Buffer => deflateSync(Buffer.alloc(mebibytes * 2 ** 20), { level: 9 });

/** A PNG with an embedded color profile of 64 MiB of zeros. */
export const profileBomb = (): Buffer => grayPng(64, 64, { extra: [['iCCP', Buffer.concat([Buffer.from('x\0\0', 'latin1'), zeros(64)])]] });

/** A PNG with thousands of chunks that hold nothing about its pixels. */
export const manyChunks = (count: number): Buffer =>
  grayPng(64, 64, {
    extra: Array.from({ length: count }, (_, i) => ['tEXt', Buffer.from(`key ${i}\0value`, 'latin1')] as [string, Buffer]),
  });

/** A PNG with many packed texts of a mebibyte each. */
export const manyTexts = (count: number): Buffer => {
  const text = Buffer.concat([Buffer.from('x\0\0', 'latin1'), zeros(1)]);
  return grayPng(64, 64, { extra: Array.from({ length: count }, () => ['zTXt', text] as [string, Buffer]) });
};

/** A PNG whose pixels are there, and then hundreds of mebibytes more. */
export const longPixels = (): Buffer => {
  const png = grayPng(64, 64);
  const at = png.indexOf('IDAT') - 4;
  const packed = zeros(512);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packed.length);
  // The checksum is wrong: readers find out only at the end.
  return Buffer.concat([png.subarray(0, at), length, Buffer.from('IDAT'), packed, Buffer.alloc(4), png.subarray(-12)]);
};

/** A progressive JPEG whose last scan comes again and again: each goes over all pixels. */
export async function scanBomb(width: number, height: number, scans: number): Promise<Buffer> {
  const jpeg = await sharp({ create: { width, height, channels: 3, background: '#446688' }, limitInputPixels: false })
    .jpeg({ progressive: true, quality: 50 })
    .toBuffer();
  const last = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = jpeg.subarray(last, -2);
  return Buffer.concat([jpeg.subarray(0, last), ...new Array<Buffer>(scans).fill(scan), jpeg.subarray(-2)]);
}

/** A GIF of frames that are all as large as its screen, of a few bytes each. */
export function gifBomb(width: number, height: number, frames: number): Buffer {
  const head = Buffer.from('GIF89a', 'latin1');
  const screen = Buffer.alloc(7);
  screen.writeUInt16LE(width, 0);
  screen.writeUInt16LE(height, 2);
  screen[4] = 0x80;
  const colors = Buffer.from([0, 0, 0, 255, 255, 255]);
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 0x01, 0]); // one pixel, then the end
  frame.writeUInt16LE(width, 5);
  frame.writeUInt16LE(height, 7);
  const control = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0]);
  return Buffer.concat([head, screen, colors, ...new Array<Buffer>(frames).fill(Buffer.concat([control, frame])), Buffer.from([0x3b])]);
}

/** A TIFF of one row, whose list of pages leads back to its beginning. */
export function tiffLoop(): Buffer {
  const entries: [tag: number, type: number, value: number][] = [
    [256, 4, 64],
    [257, 4, 1],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 200],
    [277, 3, 1],
    [278, 4, 1],
    [279, 4, 64],
  ];
  const bytes = Buffer.alloc(300);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + i * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  }
  bytes.writeUInt32LE(8, 10 + entries.length * 12);
  return bytes;
}

/** An SVG that repeats itself ten times at each of nine levels, and reads a file. */
export const svgBomb = (): Buffer =>
  Buffer.from(
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">${Array.from(
      { length: 9 },
      (_, i) => `<!ENTITY a${i} "${i === 0 ? 'x' : `&a${i - 1};`.repeat(10)}">`,
    ).join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="9999" height="9999"><text>&a8;&f;</text></svg>`,
  );

/** The beginning of a HEIC photograph. */
export const heic = (): Buffer => Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(50_000, 7)]);

/** A PDF by its beginning. */
export const pdf = (): Buffer => Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(50_000, 0x25)]);
