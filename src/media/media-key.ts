// The name of an image or a video by its content: equal pixels have equal names.

import { createHash } from 'node:crypto';
import { defineJob, runJob } from '../util/jobs.js';
import { DrawnImage } from './drawn-image.js';
import type { RgbImage } from './image.js';
import { isLarge } from './shared-image.js';
import type { Frames } from './video.js';

/** Names of media whose pixels nobody can change any more, for they were opened for a model. */
const known = new WeakMap<RgbImage | Frames, string>();

/** Hash of the size and pixels of an image, or of all frames of a video; a drawn image has its own. */
export function mediaKey(media: RgbImage | Frames): string {
  if (media instanceof DrawnImage) return media.key;
  return known.get(media) ?? hashPixels(media);
}

const imagesOf = (media: RgbImage | Frames): readonly RgbImage[] => ('frames' in media ? media.frames : [media]);

/** The same, computed. */
export function hashPixels(media: RgbImage | Frames): string {
  const hash = createHash('sha256');
  for (const { width, height, data } of imagesOf(media)) hash.update(`${width}x${height} `).update(data);
  return hash.digest('base64');
}

const job = defineJob(import.meta.url, hashPixels);

/** Keeps the name of media that were opened for a model, and returns them. */
export function named<M extends RgbImage | Frames>(media: M, key: string): M {
  known.set(media, key);
  return media;
}

/** Finds the name of large media in a worker thread, so that `mediaKey` has it. */
export async function nameMedia<M extends RgbImage | Frames>(media: M, signal?: AbortSignal): Promise<M> {
  if (media instanceof DrawnImage || known.has(media) || !isLarge(...imagesOf(media))) return media;
  return named(media, await runJob(job, media, { signal }));
}
