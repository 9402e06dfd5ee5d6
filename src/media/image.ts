// Image files in and out: bounded, oriented, flattened to plain RGB bytes, so that nothing behind this file meets a surprise.

import { isMainThread, threadId } from 'node:worker_threads';
import sharp, { type Metadata } from 'sharp';
import { SensoriumError } from '../util/errors.js';
import { defineJob, runJob } from '../util/jobs.js';
import { bmpSize, decodeBmp } from './bmp.js';
import { cmykToRgb, labToRgb, ycbcrToRgb } from './colors.js';
import { decodeBehind } from './decoder-threads.js';
import { DrawnImage } from './drawn-image.js';
import { describeFile, fileType } from './file-type.js';
import { decodedIn, keepPixels } from './kept-pixels.js';
import { isLarge } from './large-image.js';
import { copyNamed, hashPixels, named, ownMedia } from './media-key.js';
import { type MediaSource, readSource } from './source.js';
import { asRgbTiff, hasPlainExtra, tiffColors, tiffTags } from './tiff-tags.js';

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
export type ImagePart = {
  readonly type: 'image';
  readonly source: ImageSource | RgbImage;
};

/** An image for a message: `model.generate([image('kitchen.png'), 'What is this?'])`. Nothing is read yet. */
export function image(source: ImageSource | RgbImage): ImagePart {
  return { type: 'image', source };
}

const EXPECTED = 'a PNG, JPEG, WebP, GIF, TIFF, AVIF or BMP image';
/** Limits are checked before sharp decodes, with better messages than its own. */
const OPTIONS = { failOn: 'error', limitInputPixels: false } as const;
const CONVERT = 'Convert it to PNG or JPEG first';

/** True for decoded pixels, as opposed to a source that still has to be read. */
export function isRgbImage(value: unknown): value is RgbImage {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof URL) return false;
  if (value instanceof DrawnImage) return true;
  const { width, height, data } = value as Partial<RgbImage>;
  return data instanceof Uint8Array && data.length === (width ?? -1) * (height ?? -1) * 3;
}

/**
 * Decodes an image to RGB. The content tells the format; the file's size and the header's dimensions are checked before any pixel is
 * decoded. EXIF orientation is applied; transparency is flattened on white (Pillow's `convert('RGB')` would drop it and show whatever
 * color lies underneath); grayscale, palette and 16-bit become 8-bit sRGB; embedded color profiles are ignored, and CMYK and YCbCr become
 * RGB by Pillow's plain conversion, as the published encoders were trained; of an animation the first frame is taken. Large images are
 * decoded in a worker thread. Errors: `media.file`, `media.url`, `media.limit`, `media.format`, `media.damaged`; each
 * names the file.
 */
export async function decodeImage(source: ImageSource, limits: ImageLimits = {}, signal?: AbortSignal): Promise<RgbImage> {
  return (await decode(source, { limits, signal })).image;
}

/**
 * An image for a model: what must not be changed any more. Files are decoded; large images that are decoded already are copied.
 * The name that `mediaKey` gives is known. Errors: those of `decodeImage`.
 */
export async function openImage(source: ImageSource | RgbImage, limits: ImageLimits = {}, signal?: AbortSignal): Promise<RgbImage> {
  if (isRgbImage(source)) return ownMedia(source, signal);
  const { image, key, thread } = await decode(source, { limits, signal, named: true });
  if (key === undefined) return image;
  return named(thread === undefined ? image : decodedIn(image, { key, thread }), key);
}

/** What the header of a file says. */
type Header = Pick<Metadata, 'format' | 'width' | 'height' | 'compression' | 'channels' | 'space' | 'depth'>;

/** A file that is to be decoded. */
interface EncodedImage {
  bytes: Uint8Array;
  place: string;
  maxPixels: number;
  /** Where sharp has read it. */
  header?: Header;
  /** The name of the pixels is wanted. */
  named?: boolean;
}

/** Pixels, of large images with their name where it is wanted, and the thread that keeps them for a while. */
interface Decoded {
  image: RgbImage;
  key?: string;
  thread?: number;
}

/** Decodes a file: a large one in a thread. */
async function decode(
  source: ImageSource,
  { limits, signal, named: isNamed = false }: { limits: ImageLimits; signal?: AbortSignal; named?: boolean },
): Promise<Decoded> {
  const { maxBytes = 20 * 2 ** 20, maxPixels = 50e6 } = limits;
  const { bytes, place } = await readSource(source, { kind: 'image', expected: EXPECTED, maxBytes, smaller: 'Scale it down' });
  signal?.throwIfAborted();
  const { size, header } = await measured(bytes);
  if (!size || !isLarge(size)) return { image: await decodeBytes({ bytes, place, maxPixels, header }) };
  checkPixels(size, maxPixels, place);
  // A view of a larger buffer would be sent with all of it.
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  return runJob(decodeJob, { bytes: own, place, maxPixels, header, named: isNamed }, { signal });
}

/** The size that a file states, and its header where sharp reads it; one that cannot be read is named when the file is decoded. */
async function measured(bytes: Uint8Array): Promise<{ size?: { width: number; height: number }; header?: Header }> {
  const read = fileType(bytes)?.read;
  if (read === 'bmp') return { size: bmpSize(bytes) };
  const header = read === 'sharp' ? await readHeader(bytes).catch(() => undefined) : undefined;
  return header ? { size: header, header } : {};
}

/** Bytes that decoding takes for a pixel, by format, where it is more than the three that come of it. Measured with images of 48 megapixels. */
const DECODING_BYTES: Readonly<Partial<Record<string, number>>> = { heif: 18, webp: 8 };

/** Bytes that decoding an image file takes, by what its header says: nothing is decoded. 0 for one that cannot be read. */
export async function decodingBytes(bytes: Uint8Array): Promise<number> {
  const { size, header } = await measured(bytes);
  return size ? size.width * size.height * (DECODING_BYTES[header?.format ?? ''] ?? 3) : 0;
}

async function readHeader(bytes: Uint8Array): Promise<Header> {
  const { format, width, height, compression, channels, space, depth } = await sharp(bytes, OPTIONS).metadata();
  return { format, width, height, compression, channels, space, depth };
}

/** Decodes a file and finds the name of its pixels, if it is wanted: the work of a thread. */
export async function decodeOff(input: EncodedImage): Promise<Decoded> {
  const image = await decodeBehind(() => decodeBytes(input));
  if (isMainThread) return input.named ? { image, key: hashPixels(image) } : { image };
  const copy = copyNamed(image, { named: input.named }); // memory of sharp's cannot be moved to another thread
  if (copy.key === undefined) return copy;
  keepPixels(copy.key, image);
  return { ...copy, thread: threadId };
}

const decodeJob = defineJob(import.meta.url, decodeOff);

/** Decodes a file on this thread. */
async function decodeBytes({ bytes, place, maxPixels, header: known }: EncodedImage): Promise<RgbImage> {
  const type = fileType(bytes);
  if (type?.read === 'bmp') return decodeBmp(bytes, { place, maxPixels });
  if (type?.read !== 'sharp') throw notRead(place, bytes);
  const tags = type.name === 'a TIFF image' ? tiffTags(bytes) : undefined;
  const colors = tiffColors(tags);
  if (colors === 'chroma')
    throw new SensoriumError('media.format', 'TIFF files of this kind are not read', {
      place,
      expected: 'RGB, or YCbCr with JPEG compression or without subsampling',
      got: 'YCbCr with subsampling and without JPEG compression',
      hint: CONVERT,
    });
  const readable = tags && colors ? asRgbTiff(bytes, tags) : type.name === 'an AVIF image' ? asStillAvif(bytes) : bytes;
  const format = type.name.replace(/^an? /, '').replace(/ image$/, '');
  let header: Header;
  try {
    header = known && readable === bytes ? known : await readHeader(readable);
  } catch (cause) {
    throw damaged(place, format, cause);
  }
  const { width, height, compression, channels } = header;
  if (header.format === 'heif' && compression !== 'av1') throw notRead(place, bytes, String(compression));
  checkPixels({ width, height }, maxPixels, place);
  if (colors && channels < 3) throw damaged(place, format, `${channels} channels`);
  const image = await pageToRgb(readable, {
    place,
    format,
    cmyk: header.space === 'cmyk',
    deep: header.depth === 'ushort',
    opaque: hasPlainExtra(tags),
  });
  if (colors) (colors === 'ycbcr' ? ycbcrToRgb : labToRgb)(image.data, { signed: colors === 'lab' });
  return image;
}

/** `media.format` for a file that is something else, by its true name. */
function notRead(place: string, bytes: Uint8Array, codec?: string): SensoriumError {
  const type = fileType(bytes);
  const is = {
    image: 'this kind of image is not read',
    video: 'this is a video, not an image',
    sound: 'this is a sound, not an image',
  } as const;
  return new SensoriumError('media.format', type && type.kind !== 'other' ? is[type.kind] : 'this is not an image', {
    place,
    expected: EXPECTED,
    got: codec ? `${describeFile(bytes)} with the codec ${codec}` : describeFile(bytes),
    hint: type?.hint ?? (type === undefined || type.kind === 'image' ? CONVERT : 'Name an image file'),
  });
}

/** Throws `media.limit` for more pixels than are allowed. */
export function checkPixels({ width, height }: { width: number; height: number }, maxPixels: number, place: string): void {
  if (width * height > maxPixels)
    throw new SensoriumError('media.limit', 'the image is too large to decode', {
      place,
      expected: `at most ${Math.floor(maxPixels)} pixels`,
      got: `${width}x${height} = ${width * height}`,
      hint: 'Scale it down, or raise maxPixels (--max-pixels) if the file is trusted',
    });
}

/** An AVIF file under the brand of still images: sharp knows no other, though the first picture of a sequence is read in the same way. */
function asStillAvif(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes); // slice() of a Buffer would not copy
  copy.set(Buffer.from('avif'), 8);
  return copy;
}

/** Which picture of a file is read, and what its header says. */
interface PageOptions {
  place: string;
  format: string;
  page?: number;
  cmyk?: boolean;
  /** 16 bits a channel. */
  deep?: boolean;
  /** A fourth channel is not transparency. */
  opaque?: boolean;
}

/** One picture of a file that has been checked, as RGB: the first, or that of a page of an animation. Errors: `media.format`, `media.damaged`. */
export async function pageToRgb(
  bytes: Uint8Array,
  { place, format, cmyk = false, deep = false, opaque = false, page = 0 }: PageOptions,
): Promise<RgbImage> {
  try {
    let picture = sharp(bytes, { ...OPTIONS, ignoreIcc: true, page }).autoOrient();
    if (cmyk) picture = picture.pipelineColourspace('cmyk').toColourspace('cmyk');
    else picture = (opaque ? picture.removeAlpha() : picture.flatten({ background: '#ffffff' })).toColourspace('srgb');
    // Inks of 16 bits would be cut off at 255; everything else comes as the upper 8 bits.
    const wide = cmyk && deep;
    const { data, info } = await picture.raw({ depth: wide ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const [least, most] = cmyk ? [4, 5] : [3, 3];
    if (channels < least || channels > most)
      throw new SensoriumError('media.format', 'the colors of the image are not read', {
        place,
        expected: `${least} channels`,
        got: `${channels}`,
        hint: CONVERT,
      });
    const buffer = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const pixels = wide ? buffer.filter((_, i) => i % 2 === 1) : buffer; // little-endian: the upper bytes
    return { width, height, data: cmyk ? cmykToRgb(pixels, channels) : pixels };
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
  if (/support is not configured/i.test(reason))
    return new SensoriumError('media.format', `${format} files of this kind are not read`, { place, got: reason, hint: CONVERT, cause });
  return new SensoriumError('media.damaged', 'the image is damaged or cut short', {
    place,
    expected: `a complete ${format} file`,
    got: reason,
    hint: 'Download or export it again',
    cause,
  });
}
