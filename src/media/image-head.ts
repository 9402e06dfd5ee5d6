// Size and channels of JPEG and PNG pictures from the first bytes of their files, without a library and without decoding.

import { tiffTags } from './tiff-tags.js';

/** Size, format and turn of a picture whose pixels are 8-bit gray, palette, RGB or RGBA. */
export interface ImageHead {
  format: 'jpeg' | 'png';
  /** As the file has them: EXIF orientations from 5 on exchange them. */
  width: number;
  height: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
}

const ORIENTATION = 274;

/** The head of a file; undefined for one of another format or color space, one that says too little, or one that is odd in any way. */
export function imageHead(bytes: Uint8Array): ImageHead | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegHead(bytes);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return pngHead(bytes);
  return undefined;
}

/** Segments up to the frame header (ITU T.81 B.1): baseline, extended and progressive Huffman frames of 8 bits with one or three components. */
function jpegHead(bytes: Uint8Array): ImageHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker >= 0xc0 && marker <= 0xc2) {
      const [precision, height, width, components] = [bytes[at + 4], view.getUint16(at + 5), view.getUint16(at + 7), bytes[at + 9]];
      const isPlain = precision === 8 && (components === 1 || components === 3) && width > 0 && height > 0;
      return isPlain ? { format: 'jpeg', width, height, orientation } : undefined;
    }
    // Tables, comments and application data may stand before the frame; anything else is not a plain file.
    if (!(marker === 0xc4 || marker === 0xdb || marker === 0xdd || marker === 0xfe || (marker >= 0xe0 && marker <= 0xef))) return undefined;
    if (marker === 0xe1 && isExif(bytes, at + 4)) {
      const tag = tiffTags(bytes.subarray(at + 10, at + 2 + length))?.get(ORIENTATION)?.values[0] ?? 1;
      if (!(tag >= 1 && tag <= 8)) return undefined;
      orientation = tag;
    }
    at += 2 + length;
  }
  return undefined;
}

/** `Exif` and two zeros. */
const isExif = (bytes: Uint8Array, at: number): boolean => [0x45, 0x78, 0x69, 0x66, 0, 0].every((byte, i) => bytes[at + i] === byte);

const IDAT = 0x49444154;
const EXIF = 0x65584966;
/** Chunks before the first pixels of a file that is not odd. */
const MOST_CHUNKS = 64;

/** The header chunk, where all of it is 8 bits deep and no EXIF turns the picture. */
function pngHead(bytes: Uint8Array): ImageHead | undefined {
  if (bytes.length < 33) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [magic, again, length, name] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  if (magic !== 0x89504e47 || again !== 0x0d0a1a0a || length !== 13 || name !== 0x49484452) return undefined;
  const [width, height, depth, color] = [view.getUint32(16), view.getUint32(20), bytes[24], bytes[25] as number];
  if (depth !== 8 || ![0, 2, 3, 4, 6].includes(color) || width === 0 || height === 0) return undefined;
  for (let at = 33, n = 0; n < MOST_CHUNKS && at + 8 <= bytes.length; n++) {
    const type = view.getUint32(at + 4);
    if (type === IDAT) return { format: 'png', width, height, orientation: 1 };
    if (type === EXIF) return undefined;
    at += 12 + view.getUint32(at);
  }
  return undefined;
}
