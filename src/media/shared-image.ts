// Large images for worker threads: pixels in shared memory are sent without being copied.

import type { RgbImage } from './image.js';
import type { Frames } from './video.js';

/**
 * Images with fewer pixels are worked on where they are. Measured with `npm run bench -- pixels`: a trip to a thread and back takes about
 * 0.2 ms, and decoding and processing so many pixels 3 ms.
 */
export const SMALL_PIXELS = 2 ** 17;

/** Whether an image, or several together, are worth a trip to a thread. */
export const isLarge = (...images: readonly { width: number; height: number }[]): boolean =>
  images.reduce((pixels, { width, height }) => pixels + width * height, 0) >= SMALL_PIXELS;

/** Frames of which the large ones together are in shared memory. */
export function shareFrames<F extends Frames>(media: F): F {
  return isLarge(...media.frames) ? { ...media, frames: media.frames.map(share) } : media;
}

/** The same pixels in shared memory: the image itself where they are there already. */
export function share(image: RgbImage): RgbImage {
  const { width, height, data } = image;
  if (data.buffer instanceof SharedArrayBuffer) return image;
  const shared = new Uint8Array(new SharedArrayBuffer(data.length));
  shared.set(data);
  return { width, height, data: shared };
}
