// The mean of the images of some rows, which the blind baseline is given in their place.

import { decodeImage, isRgbImage, type RgbImage, resize } from '../media/index.js';
import { isImagePart, type MediaPart, mediaParts } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { Row } from './benchmark.js';

/** The pixels, path or bytes of an image part. Errors: `evaluate.image` for a part without any. */
export function sourceOf(part: MediaPart): string | Uint8Array | URL | RgbImage {
  const url = part.image_url as string | { url?: string } | undefined;
  const source = part.source ?? (typeof url === 'object' ? url?.url : url);
  if (typeof source === 'string' || source instanceof Uint8Array || source instanceof URL || isRgbImage(source)) return source;
  throw new SensoriumError('evaluate.image', 'an image part has no source', {
    expected: 'pixels, a path, bytes or a data URL',
    got: typeof source,
  });
}

/** An image part as pixels. Errors: `media.*`, which name the file. */
export async function pixelsOf(part: MediaPart): Promise<RgbImage> {
  const source = sourceOf(part);
  return isRgbImage(source) ? source : decodeImage(source);
}

/** Images of different sizes are averaged at this side, and at most so many of them. */
const MEAN_SIDE = 224;
const MEAN_IMAGES = 256;

/**
 * The pixel-wise mean, rounded, of the images in some rows, each counted once; undefined where there are none. Pixels of one size keep it;
 * images of files are brought to 224x224, and of more than 256 these are taken evenly.
 */
export async function meanImage(rows: readonly Pick<Row, 'messages'>[], signal?: AbortSignal): Promise<RgbImage | undefined> {
  const parts = new Map<unknown, MediaPart>();
  for (const { messages } of rows) for (const part of mediaParts(messages)) if (isImagePart(part)) parts.set(sourceOf(part), part);
  const all = [...parts.values()];
  const [first] = all.map(sourceOf);
  if (first === undefined) return undefined;
  const same = isRgbImage(first) && [...parts.keys()].every((s) => isRgbImage(s) && s.width === first.width && s.height === first.height);
  const { width, height } = same ? first : { width: MEAN_SIDE, height: MEAN_SIDE };
  const step = same ? 1 : Math.max(1, all.length / MEAN_IMAGES);
  const taken = Array.from({ length: Math.floor(all.length / step) }, (_, i) => all[Math.floor(i * step)] as MediaPart);
  const sum = new Float64Array(width * height * 3);
  for (const part of taken) {
    throwIfAborted(signal);
    const { data } = resize(await pixelsOf(part), width, height, 'bilinear');
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (data[i] as number);
  }
  return { width, height, data: Uint8Array.from(sum, (v) => Math.round(v / taken.length)) };
}
