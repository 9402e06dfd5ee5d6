// Image files in and out: bounded, oriented, flattened to plain RGB bytes, so that nothing behind this file meets a surprise.

import sharp, { type Metadata } from 'sharp';
import { SensoriumError } from '../util/errors.js';
import { describeBytes, type MediaSource, readSource } from './source.js';

/** Pixels as 8-bit RGB, row by row from the top left. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly data: Uint8Array;
}

/** Where an image comes from: a path, a `data:` URL, a `file:` URL or the bytes of an image file. */
export type ImageSource = MediaSource;

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

const FORMATS = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);
const EXPECTED = 'a PNG, JPEG, WebP, GIF, TIFF or AVIF image';
/** Limits are checked before sharp decodes, with better messages than its own. */
const OPTIONS = { failOn: 'error', limitInputPixels: false } as const;
const CONVERT = 'Convert it to PNG or JPEG first';

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
  const { bytes, place } = await readSource(source, { kind: 'image', expected: EXPECTED, maxBytes, smaller: 'Scale it down' });

  let header: Metadata;
  try {
    header = await sharp(bytes, OPTIONS).metadata();
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
  return pageToRgb(bytes, { place, format, ignoreIcc: header.space !== 'cmyk' });
}

/** One picture of a file that has been checked, as RGB: the first, or that of a page of an animation. Errors: `media.format`, `media.damaged`. */
export async function pageToRgb(
  bytes: Uint8Array,
  { place, format, page = 0, ignoreIcc = true }: { place: string; format: string; page?: number; ignoreIcc?: boolean },
): Promise<RgbImage> {
  try {
    const { data, info } = await sharp(bytes, { ...OPTIONS, ignoreIcc, page })
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
