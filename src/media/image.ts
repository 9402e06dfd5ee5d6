// Image files in and out: bounded, oriented, flattened to plain RGB bytes, so that nothing behind this file meets a surprise.

import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp, { type Metadata } from 'sharp';
import { SensoriumError } from '../util/errors.js';

/** Pixels as 8-bit RGB, row by row from the top left. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly data: Uint8Array;
}

/** Where an image comes from: a path, a `data:` URL, a `file:` URL or the bytes of an image file. */
export type ImageSource = string | Uint8Array | URL;

export interface ImageLimits {
  /** Largest file, in bytes. Default 20 MiB. */
  maxBytes?: number;
  /** Largest width x height, in pixels, checked in the header before anything is decoded. Default 50 million. */
  maxPixels?: number;
}

/** The image part of a message. */
export interface ImagePart {
  readonly type: 'image';
  readonly source: ImageSource | RgbImage;
}

/** An image for a message: `model.generate([image('kitchen.png'), 'What is this?'])`. Nothing is read yet. */
export function image(source: ImageSource | RgbImage): ImagePart {
  return { type: 'image', source };
}

/** Frames of a video, decoded. */
export interface Frames {
  readonly frames: readonly RgbImage[];
}

/** The video part of a message: its frames in order, as many as are to be seen. */
export interface VideoPart {
  readonly type: 'video';
  readonly frames: readonly (ImageSource | RgbImage)[];
}

/** A video for a message, by its frames: `model.generate([video(['1.png', '2.png']), 'What happens?'])`. Nothing is read yet. */
export function video(frames: readonly (ImageSource | RgbImage)[]): VideoPart {
  return { type: 'video', frames };
}

const FORMATS = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);
const EXPECTED = 'a PNG, JPEG, WebP, GIF, TIFF or AVIF image';
const CONVERT = 'Convert it to PNG or JPEG first';
const DATA_URL = /^data:([^,]*),/i;

/** True for decoded pixels, as opposed to a source that still has to be read. */
export function isRgbImage(value: unknown): value is RgbImage {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof URL) return false;
  const { width, height, data } = value as Partial<RgbImage>;
  return data instanceof Uint8Array && data.length === (width ?? -1) * (height ?? -1) * 3;
}

/**
 * Decodes an image to RGB. The file's size and the header's dimensions are checked before any pixel is decoded.
 * EXIF orientation is applied; transparency is flattened on white (Pillow's `convert('RGB')` would drop it and show
 * whatever colour lies underneath); grayscale, palette, 16-bit and CMYK become 8-bit sRGB; embedded RGB colour profiles are
 * ignored, as Pillow does and the published encoders were trained; of an animation the first frame is taken.
 * Errors: `media.file`, `media.limit`, `media.format`, `media.damaged`; each names the file.
 */
export async function decodeImage(source: ImageSource, limits: ImageLimits = {}): Promise<RgbImage> {
  const maxBytes = limits.maxBytes ?? 20 * 2 ** 20;
  const maxPixels = limits.maxPixels ?? 50e6;
  const { bytes, place } = await readSource(source, maxBytes);

  const options = { failOn: 'error', limitInputPixels: false } as const; // our own check below has the better message
  let header: Metadata;
  try {
    header = await sharp(bytes, options).metadata();
  } catch (cause) {
    // A known signature means a cut or damaged file; anything else was never an image we read.
    const known = signature(bytes);
    if (known) throw damaged(place, known, cause);
    throw new SensoriumError('media.format', 'this is not an image', {
      place,
      expected: EXPECTED,
      got: describeBytes(bytes),
      hint: CONVERT,
      cause,
    });
  }
  const { format, width, height } = header;
  const heic = format === 'heif' && header.compression === 'hevc'; // same container as AVIF, but its codec is patented and not shipped
  if (!FORMATS.has(format) || heic)
    throw new SensoriumError('media.format', 'unsupported image format', {
      place,
      expected: EXPECTED,
      got: heic ? 'HEIC' : String(format),
      hint: CONVERT,
    });
  if (width * height > maxPixels)
    throw new SensoriumError('media.limit', 'the image is too large to decode', {
      place,
      expected: `at most ${Math.floor(maxPixels)} pixels`,
      got: `${width}x${height} = ${width * height}`,
      hint: 'Scale it down, or raise maxPixels if the file is trusted',
    });
  try {
    const { data, info } = await sharp(bytes, { ...options, ignoreIcc: header.space !== 'cmyk' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3)
      throw new SensoriumError('media.format', 'the image did not become RGB', {
        place,
        expected: '3 channels',
        got: `${info.channels}`,
        hint: CONVERT,
      });
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch (cause) {
    if (cause instanceof SensoriumError) throw cause;
    throw damaged(place, format, cause);
  }
}

/** Encodes RGB pixels as a PNG file's bytes. */
export async function encodePng(picture: RgbImage): Promise<Uint8Array> {
  const { width, height, data } = picture;
  if (!isRgbImage(picture) || width < 1 || height < 1)
    throw new SensoriumError('media.shape', 'these pixels cannot be encoded', {
      expected: 'width x height x 3 bytes, at least one pixel',
      got: `${width}x${height} with ${data?.length} bytes`,
    });
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function readSource(source: ImageSource, maxBytes: number): Promise<{ bytes: Uint8Array; place: string }> {
  if (source instanceof Uint8Array) return { bytes: checkLength(source, maxBytes, 'image bytes'), place: 'image bytes' };
  if (typeof source === 'string') {
    const data = DATA_URL.exec(source.slice(0, 256));
    if (data) return { bytes: readDataUrl(source, data, maxBytes), place: 'data URL' };
  }
  const path = localPath(source);
  let size: number;
  try {
    const info = await stat(path);
    if (info.isDirectory())
      throw new SensoriumError('media.file', 'this is a folder', {
        place: path,
        expected: 'an image file',
        hint: 'Name one image file inside it',
      });
    if (!info.isFile()) throw new SensoriumError('media.file', 'this is not a regular file', { place: path, expected: 'an image file' });
    size = info.size;
  } catch (cause) {
    throw cause instanceof SensoriumError ? cause : unreadable(path, cause);
  }
  if (size > maxBytes) throw tooManyBytes(path, size, maxBytes);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  return { bytes: checkLength(bytes, maxBytes, path), place: path };
}

function localPath(source: string | URL): string {
  if (typeof source !== 'string' || source.startsWith('file:')) {
    try {
      return fileURLToPath(source);
    } catch (cause) {
      throw new SensoriumError('media.file', 'this URL does not name a local file', {
        place: String(source),
        expected: 'a file: URL',
        hint: 'Download the image first',
        cause,
      });
    }
  }
  if (/^https?:\/\//i.test(source))
    throw new SensoriumError('media.file', 'images are not fetched from the network', {
      place: source,
      expected: 'a path, a file: or data: URL, or bytes',
      hint: 'Download the image first',
    });
  return source;
}

function readDataUrl(url: string, match: RegExpExecArray, maxBytes: number): Uint8Array {
  const payload = url.slice(match[0].length);
  if (!/;base64$/i.test(match[1] ?? ''))
    throw new SensoriumError('media.format', 'unsupported data URL', { expected: 'data:image/…;base64,…', got: match[0] });
  // Four characters carry three bytes: refuse before the copy is made.
  if (Math.floor((payload.length * 3) / 4) - 2 > maxBytes) throw tooManyBytes('data URL', Math.floor((payload.length * 3) / 4), maxBytes);
  return checkLength(Buffer.from(payload, 'base64'), maxBytes, 'data URL');
}

function checkLength(bytes: Uint8Array, maxBytes: number, place: string): Uint8Array {
  if (bytes.length === 0)
    throw new SensoriumError('media.format', 'the image is empty', {
      place,
      expected: EXPECTED,
      got: '0 bytes',
      hint: 'Download or export it again',
    });
  if (bytes.length > maxBytes) throw tooManyBytes(place, bytes.length, maxBytes);
  return bytes;
}

function tooManyBytes(place: string, size: number, maxBytes: number): SensoriumError {
  return new SensoriumError('media.limit', 'the image file is too large', {
    place,
    expected: `at most ${maxBytes} bytes`,
    got: `${size}`,
    hint: 'Scale it down, or raise maxBytes if the file is trusted',
  });
}

function unreadable(path: string, cause: unknown): SensoriumError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SensoriumError('media.file', 'no such image file', { place: path, expected: EXPECTED, hint: 'Check the path', cause });
  return new SensoriumError('media.file', 'the image file cannot be read', {
    place: path,
    got: code ?? String(cause),
    hint: 'Check its permissions',
    cause,
  });
}

function damaged(place: string, format: string, cause: unknown): SensoriumError {
  const reason = cause instanceof Error ? (cause.message.trim().split('\n')[0] ?? '') : String(cause);
  return new SensoriumError('media.damaged', 'the image is damaged or cut short', {
    place,
    expected: `a complete ${format} file`,
    got: reason,
    hint: 'Download or export it again',
    cause,
  });
}

const SIGNATURES: readonly [format: string, prefix: string][] = [
  ['png', '89504e47'],
  ['jpeg', 'ffd8ff'],
  ['gif', '47494638'],
  ['tiff', '49492a00'],
  ['tiff', '4d4d002a'],
  ['webp', '52494646'],
];

function signature(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  const found = SIGNATURES.find(([, prefix]) => start.startsWith(prefix))?.[0];
  if (found === 'webp') return start.slice(16) === '57454250' ? 'webp' : undefined; // RIFF holds other things too
  return found;
}

function describeBytes(bytes: Uint8Array): string {
  return `${bytes.length} bytes that start with ${JSON.stringify(Buffer.from(bytes.subarray(0, 12)).toString('latin1'))}`;
}
