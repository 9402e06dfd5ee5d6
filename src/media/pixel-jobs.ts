// Image processors in the pool of worker threads: whoever has a processor need not know where its pixels are computed.

import { defineJob, runJob } from '../util/jobs.js';
import { blipImageProcessor } from './blip-processor.js';
import { ClipImageProcessor } from './clip-processor.js';
import { frameProcessor } from './frame-processor.js';
import { FuyuImageProcessor } from './fuyu-processor.js';
import { Idefics2ImageProcessor } from './idefics2-processor.js';
import { Idefics3ImageProcessor } from './idefics3-processor.js';
import { isRgbImage } from './image.js';
import { imageProcessor } from './image-processor.js';
import { type Origin, originOf } from './origin.js';
import { QwenVlImageProcessor } from './qwen-vl-processor.js';
import { SMALL_PIXELS } from './shared-image.js';

/** Makers by the names that processors note. */
const MAKERS: Readonly<Record<string, (config: never, place: string) => object>> = {
  image: imageProcessor,
  frames: frameProcessor,
  blip: blipImageProcessor,
  clip: ClipImageProcessor.fromConfig,
  fuyu: FuyuImageProcessor.fromConfig,
  idefics2: Idefics2ImageProcessor.fromConfig,
  idefics3: Idefics3ImageProcessor.fromConfig,
  qwen: QwenVlImageProcessor.fromConfig,
  qwenFrames: QwenVlImageProcessor.forFrames,
};

/** Processors that a thread keeps. */
const KEPT = 16;
const kept = new Map<string, object>();

interface ProcessInput {
  origin: Origin;
  method: string;
  args: readonly unknown[];
}

/** Calls a method of a processor that is made here. */
export function processPixels({ origin, method, args }: ProcessInput): unknown {
  const { make, config, place } = origin;
  const key = JSON.stringify(origin);
  const processor = kept.get(key) ?? (MAKERS[make] as (config: unknown, place: string) => object)(config, place);
  if (kept.size >= KEPT) kept.clear();
  kept.set(key, processor);
  return (processor as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
}

const job = defineJob(import.meta.url, processPixels);

type Size = { width: number; height: number };

/** Pixels of all images in a list of arguments. */
function pixelsOf(args: readonly unknown[]): number {
  let pixels = 0;
  for (const arg of args)
    if (Array.isArray(arg)) pixels += pixelsOf(arg);
    else if (isRgbImage(arg)) pixels += arg.width * arg.height;
  return pixels;
}

/** Names of the methods of P. */
type Methods<P> = { [K in keyof P]: P[K] extends (...args: never[]) => unknown ? K : never }[keyof P] & string;
type Call<P, M extends keyof P> = Extract<P[M], (...args: never[]) => unknown>;

/**
 * A method of an image processor, called in a worker thread where that is worth it: for images that have `SMALL_PIXELS` pixels or more, or
 * become so many (`output`). The numbers are the same. Errors: those of the method, of `runJob`, the reason of `signal`.
 */
export async function processOff<P extends object, M extends Methods<P>>(
  processor: P,
  method: M,
  args: Parameters<Call<P, M>>,
  { output, signal }: { output?: Size; signal?: AbortSignal } = {},
): Promise<ReturnType<Call<P, M>>> {
  const origin = originOf(processor);
  const pixels = Math.max(pixelsOf(args), (output?.width ?? 0) * (output?.height ?? 0));
  if (!origin || pixels < SMALL_PIXELS) return (processor[method] as (...a: typeof args) => ReturnType<Call<P, M>>)(...args);
  return (await runJob(job, { origin, method, args }, { signal })) as ReturnType<Call<P, M>>;
}
