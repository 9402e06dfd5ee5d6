// Images decoded at the size that is needed: a JPEG is shrunk while it is decoded, so that a look at a photograph costs a part of its pixels.

import sharp, { type Metadata } from 'sharp';
import { SensoriumError } from '../util/errors.js';
import { fileType } from './file-type.js';
import { checkPixels, decodeImage, type ImageLimits, type RgbImage } from './image.js';
import { imageHead } from './image-head.js';
import { resize } from './resize.js';
import { type MediaSource, readSource } from './source.js';

/** What an image file is, by its header. */
export interface ImageHeader {
  /** Bytes of the file. */
  bytes: number;
  /** Pixels, as the picture is shown: EXIF orientation is applied. */
  width: number;
  height: number;
  /** As sharp names it, such as `jpeg`. */
  format: string;
}

/** An image of which at most so much was decoded as was wanted. */
export interface ReducedImage extends ImageHeader {
  image: RgbImage;
}

/** Limits are checked before sharp decodes. */
const OPTIONS = { failOn: 'error', limitInputPixels: false } as const;
/** Formats and color spaces that sharp turns into the bytes that `decodeImage` gives. */
const PLAIN = new Set(['jpeg', 'png', 'webp', 'gif']);
const SPACES = new Set(['srgb', 'b-w']);

/** The bytes of an image file, within the limits. Errors: `media.file`, `media.url`, `media.limit`, `media.format`. */
export async function readImageFile(source: MediaSource, { maxBytes = 20 * 2 ** 20 }: ImageLimits = {}): Promise<Uint8Array> {
  return (await readSource(source, { kind: 'image', expected: 'an image', maxBytes, smaller: 'Scale it down' })).bytes;
}

/** What is known of a file before it is decoded. `isPlain`: sharp turns it into the bytes that `decodeImage` gives. */
interface Header extends Pick<Metadata, 'width' | 'height' | 'orientation'> {
  format: string;
  isPlain: boolean;
}

const shown = ({ width, height, orientation = 1 }: Header): { width: number; height: number } =>
  orientation >= 5 ? { width: height, height: width } : { width, height };

async function headerOf(bytes: Uint8Array): Promise<Header | undefined> {
  const head = imageHead(bytes);
  if (head) return { ...head, isPlain: true };
  if (fileType(bytes)?.read !== 'sharp') return undefined;
  // What is wrong with it is named by whoever decodes it whole.
  const found = await sharp(bytes, OPTIONS)
    .metadata()
    .catch(() => undefined);
  return found && { ...found, isPlain: PLAIN.has(found.format) && SPACES.has(found.space) && found.depth === 'uchar' };
}

/**
 * Size and format of an image by its header; a file whose header sharp does not read is decoded. Errors: those of `decodeImage`, among them
 * `media.limit` for more pixels than are allowed.
 */
export async function imageHeader(bytes: Uint8Array, { maxPixels = 50e6, place = 'image bytes' } = {}): Promise<ImageHeader> {
  const header = await headerOf(bytes);
  if (!header) {
    const { width, height } = await decodeImage(bytes, { maxPixels });
    return { bytes: bytes.length, width, height, format: 'bmp' };
  }
  checkPixels(header, maxPixels, place);
  return { bytes: bytes.length, format: header.format, ...shown(header) };
}

/**
 * An image whose shorter side has `side` pixels, or as many as the file has where these are fewer. Colors are those of `decodeImage`. Errors:
 * those of `decodeImage`.
 */
export async function reducedImage(
  bytes: Uint8Array,
  { side, maxPixels = 50e6, place = 'image bytes' }: { side: number; maxPixels?: number; place?: string },
): Promise<ReducedImage> {
  const header = await headerOf(bytes);
  if (header) {
    checkPixels(header, maxPixels, place);
    const size = shown(header);
    if (header.isPlain && Math.min(size.width, size.height) > side) {
      const image = await shrunk(bytes, side);
      if (image) return { image, bytes: bytes.length, format: header.format, ...size };
    }
  }
  const whole = await decodeImage(bytes, { maxBytes: Number.POSITIVE_INFINITY, maxPixels }).catch((error: unknown) => {
    if (error instanceof SensoriumError) Object.assign(error, { place });
    throw error;
  });
  const { width, height } = whole;
  return { image: smaller(whole, side), bytes: bytes.length, width, height, format: header?.format ?? 'bmp' };
}

/** The picture shrunk while it is decoded; undefined for what only the whole decoder reads, or names the fault of. */
async function shrunk(bytes: Uint8Array, side: number): Promise<RgbImage | undefined> {
  try {
    const { data, info } = await sharp(bytes, { ...OPTIONS, ignoreIcc: true })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .resize(side, side, { fit: 'outside', withoutEnlargement: true })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) return undefined;
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch {
    return undefined; // decoded whole, which names what is wrong
  }
}

function smaller(image: RgbImage, side: number): RgbImage {
  const scale = side / Math.min(image.width, image.height);
  if (scale >= 1) return image;
  return resize(image, Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)), 'bilinear');
}
