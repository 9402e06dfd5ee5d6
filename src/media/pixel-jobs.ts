// Image processors in the pool of worker threads: whoever has a processor need not know where its pixels are computed.

import { defineJob, hasWorkers, runJob } from '../util/jobs.js';
import { blipImageProcessor } from './blip-processor.js';
import { ClipImageProcessor } from './clip-processor.js';
import { frameProcessor } from './frame-processor.js';
import { FuyuImageProcessor } from './fuyu-processor.js';
import { GotOcr2ImageProcessor } from './got-ocr2-processor.js';
import { Idefics2ImageProcessor } from './idefics2-processor.js';
import { Idefics3ImageProcessor } from './idefics3-processor.js';
import { isRgbImage, type RgbImage } from './image.js';
import { imageProcessor } from './image-processor.js';
import { type GivenPixels, givenPixels, runOnImage } from './kept-pixels.js';
import { copyPixels, SMALL_PIXELS } from './large-image.js';
import { Lfm2VlImageProcessor } from './lfm2-vl-processor.js';
import { type Origin, originOf } from './origin.js';
import { PixtralImageProcessor } from './pixtral-processor.js';
import { QwenVlImageProcessor } from './qwen-vl-processor.js';

/** Makers by the names that processors note. */
const MAKERS: Readonly<Record<string, (config: never, place: string) => object>> = {
  image: imageProcessor,
  frames: frameProcessor,
  blip: blipImageProcessor,
  clip: ClipImageProcessor.fromConfig,
  fuyu: FuyuImageProcessor.fromConfig,
  gotOcr2: GotOcr2ImageProcessor.fromConfig,
  idefics2: Idefics2ImageProcessor.fromConfig,
  idefics3: Idefics3ImageProcessor.fromConfig,
  idefics3Frames: Idefics3ImageProcessor.forFrames,
  lfm2Vl: Lfm2VlImageProcessor.fromConfig,
  pixtral: PixtralImageProcessor.fromConfig,
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

/** The same with an image at a place of the arguments. */
interface ImageInput extends ProcessInput {
  at: number;
  image: GivenPixels;
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

/** Calls a method with an image as a thread is given it; undefined where it does not have its pixels. */
export function processImage({ image, at, ...input }: ImageInput): { value: unknown } | undefined {
  const pixels = givenPixels(image);
  return pixels && { value: processPixels({ ...input, args: input.args.with(at, pixels) }) };
}

const job = defineJob(import.meta.url, processPixels);
const imageJob = defineJob(import.meta.url, processImage);

type Size = { width: number; height: number };

/** Pixels of all images in a list of arguments. */
function pixelsOf(args: readonly unknown[]): number {
  let pixels = 0;
  for (const arg of args)
    if (Array.isArray(arg)) pixels += pixelsOf(arg);
    else if (isRgbImage(arg)) pixels += arg.width * arg.height;
  return pixels;
}

/** The same list with copies of its images, which can be moved. */
async function withCopies(args: readonly unknown[]): Promise<unknown[]> {
  const out: unknown[] = [];
  for (const arg of args) out.push(Array.isArray(arg) ? await withCopies(arg) : isRgbImage(arg) ? await copyPixels(arg) : arg);
  return out;
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
  signal?.throwIfAborted();
  const origin = originOf(processor);
  const pixels = Math.max(pixelsOf(args), (output?.width ?? 0) * (output?.height ?? 0));
  if (!origin || pixels < SMALL_PIXELS || !hasWorkers())
    return (processor[method] as (...a: typeof args) => ReturnType<Call<P, M>>)(...args);
  const call = { origin, method };
  const at = args.findIndex(isRgbImage);
  const others = args.map((arg, i) => (i === at ? undefined : arg));
  const made =
    at >= 0 && pixelsOf(others) === 0
      ? await runOnImage(imageJob, (args as readonly unknown[])[at] as RgbImage, { ...call, args: others, at }, { signal })
      : await runJob(job, { ...call, args: await withCopies(args) }, { signal, move: true });
  return made as ReturnType<Call<P, M>>;
}
