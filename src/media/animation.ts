// Animated images as videos: GIF and WebP, read by sharp.

import sharp from 'sharp';
import { SensoriumError } from '../util/errors.js';
import { pageToRgb, type RgbImage } from './image.js';
import { sampleIndices } from './sample-frames.js';
import type { VideoFrames } from './video.js';
import { checkDecoded, framesWithin, timesOf, type VideoBounds } from './video-limits.js';

/** Frames of an animated GIF or WebP; its pictures count as equally long. Errors: `media.limit`, `media.damaged`. */
export async function animationFrames(bytes: Uint8Array, bounds: VideoBounds & { place: string }): Promise<VideoFrames> {
  const { place } = bounds;
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new SensoriumError('media.damaged', 'the video is cut off or damaged', {
        place,
        expected: 'a complete GIF or WebP file',
        got: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
        cause,
      });
    });
  const { pages: total = 1, delay = [], width, format } = header;
  const height = header.pageHeight ?? header.height;
  const seconds = Array.from({ length: total }, (_, i) => delay[i] || 100).reduce((sum, ms) => sum + ms, 0) / 1000;
  const found = { total, seconds, width, height };
  const taken = framesWithin(found, bounds);
  const { count, chosen } = taken;
  const indices = chosen ?? sampleIndices(total, count);
  // Each picture is made of all before it.
  const pictures = indices.reduce((sum, index) => sum + index + 1, 0);
  checkDecoded(pictures * width * height, place);
  const frames: RgbImage[] = [];
  for (const page of indices) {
    bounds.signal?.throwIfAborted();
    frames.push(await pageToRgb(bytes, { page, place, format }));
  }
  return { frames, fps: count / seconds, ...timesOf(taken, found) };
}
