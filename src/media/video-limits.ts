// Bounds of videos, checked against what a file states about itself before anything is decoded.

import { SensoriumError } from '../util/errors.js';
import { type ChooseFrames, type FrameSampling, sampleCount } from './sample-frames.js';

/** Bounds of one video file. */
export interface VideoLimits {
  /** Largest file, in bytes. Default 512 MiB. */
  maxBytes?: number;
  /** Longest video, in seconds. Default 3600. */
  maxSeconds?: number;
  /** Pixels of all the frames that are taken together. Default 200 million: 16 frames of 4096 x 2304 and some more. */
  maxPixels?: number;
  /** Longest time that decoding may take, in seconds. Default 300. */
  maxTime?: number;
  signal?: AbortSignal;
}

/** The bounds of a video that is being read, and which of its frames are wanted. */
export interface VideoBounds extends Required<Pick<VideoLimits, 'maxSeconds' | 'maxPixels' | 'maxTime'>> {
  sampling: FrameSampling;
  choose?: ChooseFrames;
  signal?: AbortSignal;
}

/** What a video states about itself. */
export interface VideoMeasures {
  total: number;
  seconds: number;
  width: number;
  height: number;
}

/** Which frames of a video are taken: so many, or those that were chosen. */
export interface TakenFrames {
  count: number;
  chosen?: readonly number[];
}

/** What is known of the times of the frames that were chosen. */
export const timesOf = ({ chosen }: TakenFrames, { total, seconds }: VideoMeasures): { times?: number[]; seconds?: number } =>
  chosen ? { times: chosen.map((index) => (index * seconds) / total), seconds } : {};

/** Which frames of a video are taken. Errors: `media.limit` for one that is too long, or frames that are too large. */
export function framesWithin({ total, seconds, width, height }: VideoMeasures, bounds: VideoBounds & { place: string }): TakenFrames {
  const fail = (summary: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('media.limit', summary, {
      place: bounds.place,
      expected,
      got,
      hint: 'Cut it or scale it down, or raise the limit if the file is trusted',
    });
  if (seconds > bounds.maxSeconds) throw fail('the video is too long', `at most ${bounds.maxSeconds} seconds`, seconds.toFixed(1));
  const chosen = bounds.choose?.({ total, seconds }, bounds.sampling);
  const count = chosen ? chosen.length : sampleCount({ total, rate: total / seconds }, bounds.sampling);
  const pixels = count * width * height;
  if (pixels > bounds.maxPixels)
    throw fail(
      'the frames of the video are too large',
      `at most ${bounds.maxPixels} pixels in all frames that are taken`,
      `${count} x ${width}x${height} = ${pixels}`,
    );
  return { count, ...(chosen ? { chosen } : {}) };
}

/** Pixels of all pictures that are decoded on the way to those that are taken: about a minute of one core. */
const MOST_DECODED = 10e9;

/** Errors: `media.limit` for a file of which more pictures must be decoded than are worth it. */
export function checkDecoded(pixels: number, place: string): void {
  if (pixels > MOST_DECODED)
    throw new SensoriumError('media.limit', 'too many pictures must be decoded to reach those that are taken', {
      place,
      expected: `at most ${MOST_DECODED} pixels`,
      got: String(pixels),
      hint: 'Cut it, scale it down, or take fewer frames',
    });
}
