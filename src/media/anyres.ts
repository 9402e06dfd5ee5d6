// Images of any resolution as tiles of one size (LLaVA-NeXT, LLaVA-OneVision): which grid, and what each tile shows.

import { defineJob } from '../util/jobs.js';
import type { RgbImage } from './image.js';
import { paste } from './image-processor.js';
import { type GivenPixels, givenPixels, runOnImage } from './kept-pixels.js';
import { isLarge } from './large-image.js';
import { crop } from './pixels.js';
import type { ImageSize } from './placement.js';
import { type ResizeFilter, resize } from './resize.js';

/** Height and width, as configs of transformers have them. */
export type HeightWidth = readonly [height: number, width: number];

/** The resolution, of at least one, that keeps most of an image and wastes least. */
export function bestResolution([height, width]: HeightWidth, candidates: readonly HeightWidth[]): HeightWidth {
  let best = candidates[0] as HeightWidth;
  let [most, least] = [0, Number.POSITIVE_INFINITY];
  for (const [h, w] of candidates) {
    const scale = Math.min(w / width, h / height);
    const kept = Math.min(Math.trunc(width * scale) * Math.trunc(height * scale), width * height);
    const wasted = h * w - kept;
    if (kept > most || (kept === most && wasted < least)) [most, least, best] = [kept, wasted, [h, w]];
  }
  return best;
}

/** Where an image lies on a canvas of this resolution, in the middle and as large as fits. */
export function letterboxPlace({ width: w, height: h }: ImageSize, [height, width]: HeightWidth) {
  const [across, down] = [width / w, height / h];
  const fitted =
    across < down ? { width, height: Math.min(Math.ceil(h * across), height) } : { width: Math.min(Math.ceil(w * down), width), height };
  return { fitted, left: Math.floor((width - fitted.width) / 2), top: Math.floor((height - fitted.height) / 2) };
}

/** An image in the middle of a canvas of this resolution, as large as fits, on black. */
export function letterbox(image: RgbImage, [height, width]: HeightWidth, filter: ResizeFilter): RgbImage {
  const { fitted, left, top } = letterboxPlace(image, [height, width]);
  return paste(resize(image, fitted.width, fitted.height, filter), { width, height, left, top });
}

/** What the tower of LLaVA-NeXT is shown of an image: all of it, then tiles of it on a canvas of this resolution. */
export function tilePictures({ image, side, resolution, filter }: TilesInput): RgbImage[] {
  return [resize(image, side, side, filter), ...cutTiles(letterbox(image, resolution, filter), side)];
}

interface TilesInput {
  image: RgbImage;
  side: number;
  resolution: HeightWidth;
  filter: ResizeFilter;
}

/** The same of pixels as a thread is given them; undefined where it does not have them. */
export function tilesInThread({ image, ...how }: Omit<TilesInput, 'image'> & { image: GivenPixels }): { value: RgbImage[] } | undefined {
  const pixels = givenPixels(image);
  return pixels && { value: tilePictures({ image: pixels, ...how }) };
}

const tilesJob = defineJob(import.meta.url, tilesInThread);

/** The same, of large images in a worker thread. */
export async function tilesOff(input: TilesInput): Promise<RgbImage[]> {
  const [height, width] = input.resolution;
  if (!isLarge(input.image, { width, height })) return tilePictures(input);
  const { image, ...how } = input;
  return runOnImage(tilesJob, image, how);
}

/** Squares of `side` pixels, row by row; those at the right and bottom may be smaller. */
export function cutTiles(image: RgbImage, side: number): RgbImage[] {
  const tiles: RgbImage[] = [];
  for (let top = 0; top < image.height; top += side)
    for (let left = 0; left < image.width; left += side)
      tiles.push(crop(image, { left, top, width: Math.min(side, image.width - left), height: Math.min(side, image.height - top) }));
  return tiles;
}
