// SmolVLM's videos: how many frames and how long in words, then every frame behind its time.

import type { VideoMeasures } from '../../../media/index.js';

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** A whole number from 0 to 999 in English words, as num2words writes it: "one hundred and five". */
export function numberWords(n: number): string {
  if (n < 20) return ONES[n] as string;
  if (n < 100) return [TENS[Math.floor(n / 10) - 2], ...(n % 10 > 0 ? [ONES[n % 10]] : [])].join('-');
  const rest = n % 100;
  return `${ONES[Math.floor(n / 100)]} hundred${rest > 0 ? ` and ${numberWords(rest)}` : ''}`;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** What stands before the first frame: `count` frames of a video of so many seconds. */
export function videoIntro(count: number, seconds: number): string {
  const whole = Math.floor(seconds);
  const length = `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `You are provided the following series of ${numberWords(count)} frames from a ${length} [H:MM:SS] video.\n`;
}

/** What stands before a frame at this time, in seconds. */
export const frameTime = (seconds: number): string => `\nFrame from ${two(Math.floor(seconds / 60))}:${two(Math.floor(seconds % 60))}:`;

/** Which frames are seen: `fps` of each second, at most `maxFrames`. */
export interface SmolVlmSampling {
  fps: number;
  maxFrames: number;
}

/**
 * SmolVLMVideoProcessor.sample_frames: evenly from the first frame to the last, both included; of a video that is longer than its frames
 * cover without the first and the last second.
 */
export function smolVlmIndices(
  { total, seconds }: Pick<VideoMeasures, 'total' | 'seconds'>,
  { fps, maxFrames }: SmolVlmSampling,
): number[] {
  const count = Math.max(1, Math.min(roundHalfEven(fps * seconds), maxFrames));
  const rate = total / seconds;
  let [start, end] = seconds - 2 > maxFrames * fps ? [Math.trunc(rate), Math.min(Math.trunc(total - rate), total - 1)] : [0, total - 1];
  if (start >= end) [start, end] = [0, total - 1];
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  return [...new Set(Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? end : Math.trunc(start + i * step))))];
}

/** Python's round. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
