// Which frames of a video a model sees: as many as its length asks for, evenly from its beginning.

/** Which frames of a video are seen. */
export interface FrameSampling {
  /** Frames of each second. Default 2. */
  fps?: number;
  /** Most frames of the whole video: of a longer one fewer are taken of each second. Default 16. */
  maxFrames?: number;
}

/** Chooses frames of a video of `total` frames and so many seconds, in order, at most 999 of them; what is asked for in `sampling` comes first. */
export type ChooseFrames = (video: { total: number; seconds: number }, sampling: FrameSampling) => readonly number[];

const DEFAULT_FPS = 2;
const DEFAULT_MAX_FRAMES = 16;
/** Frames that are seen of the shortest video (Qwen2VLVideoProcessor's `min_frames`), if it has so many. */
const LEAST_FRAMES = 4;

/**
 * How many of `total` frames at `rate` frames a second are seen: `Qwen2VLVideoProcessor.sample_frames` of transformers, which makes their
 * number even; where it would take none, one is taken.
 */
export function sampleCount({ total, rate }: { total: number; rate: number }, sampling: FrameSampling = {}): number {
  const { fps = DEFAULT_FPS, maxFrames = DEFAULT_MAX_FRAMES } = sampling;
  const even = (n: number): number => Math.floor(n / 2) * 2;
  const wanted = Math.max((total / rate) * fps, LEAST_FRAMES);
  return Math.max(1, even(Math.min(wanted, even(Math.min(maxFrames, total)))));
}

/** The frames themselves: `count` of `total`, evenly from the first. */
export function sampleIndices(total: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
}
