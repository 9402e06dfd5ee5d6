// Pixels that a worker thread keeps for a while after decoding them: the processor that needs them next runs there, and nothing is copied.

import { hasWorkers, type Job, type JobOptions, runJob } from '../util/jobs.js';
import type { RgbImage } from './image.js';
import { copyPixels } from './large-image.js';

/** Images that a thread keeps at most, and how long, in milliseconds. */
const MOST = 2;
const KEPT_MS = 5000;

/** Of this thread. */
const kept = new Map<string, { image: RgbImage; timer: NodeJS.Timeout }>();

/** Keeps an image under its name until it is taken, for some seconds or until others come. */
export function keepPixels(key: string, image: RgbImage): void {
  takePixels(key);
  const [oldest] = kept.keys();
  if (kept.size >= MOST) takePixels(oldest as string);
  kept.set(key, { image, timer: setTimeout(() => kept.delete(key), KEPT_MS).unref() });
}

/** Gives an image that this thread keeps, and keeps it no longer. */
export function takePixels(key: string): RgbImage | undefined {
  const found = kept.get(key);
  clearTimeout(found?.timer);
  kept.delete(key);
  return found?.image;
}

/** Where an image was decoded: the thread, and the name that it may still keep the pixels under. */
export interface DecodedPlace {
  key: string;
  thread: number;
}

const places = new WeakMap<RgbImage, DecodedPlace>();

/** Notes where an image was decoded that nobody changes any more, and returns it. */
export function decodedIn(image: RgbImage, place: DecodedPlace): RgbImage {
  places.set(image, place);
  return image;
}

/** Pixels as a job is given them: moved to it, or kept by the thread. */
export type GivenPixels = RgbImage | { kept: string };

/** The pixels, in the thread of the job; undefined for those that it does not keep any more. */
export const givenPixels = (given: GivenPixels): RgbImage | undefined => ('kept' in given ? takePixels(given.kept) : given);

/**
 * Runs a job on an image: in the thread that keeps its pixels since it decoded them, else on a copy. The job gives undefined where it has
 * not found the pixels; they are looked for once. Errors: those of `runJob`.
 */
export async function runOnImage<I extends object, O>(
  job: Job<I & { image: GivenPixels }, { value: O } | undefined>,
  image: RgbImage,
  input: I,
  options: JobOptions = {},
): Promise<O> {
  const place = places.get(image);
  if (place && hasWorkers()) {
    places.delete(image);
    const found = await runJob(job, { ...input, image: { kept: place.key } }, { ...options, thread: place.thread });
    if (found) return found.value;
  }
  const own = hasWorkers() ? await copyPixels(image) : image;
  return ((await runJob(job, { ...input, image: own }, { ...options, move: true })) as { value: O }).value;
}
