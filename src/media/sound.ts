// Sound as the audio encoders take it: one channel of samples at a known rate.

import { SensoriumError } from '../util/errors.js';

/** One channel of samples in -1…1. */
export interface Sound {
  /** Samples per second. */
  readonly sampleRate: number;
  readonly samples: Float32Array;
}

/** True for a sound that is decoded. */
export const isSound = (value: unknown): value is Sound =>
  typeof value === 'object' &&
  value !== null &&
  (value as Sound).samples instanceof Float32Array &&
  typeof (value as Sound).sampleRate === 'number';

/** The samples of a sound that has the rate an encoder was trained with. Errors: `media.sound` for another rate, or no samples at all. */
export function samplesAt({ sampleRate, samples }: Sound, expected: number): Float32Array {
  if (sampleRate !== expected)
    throw new SensoriumError('media.sound', 'the sound has another sampling rate than the encoder was trained with', {
      expected: `${expected} Hz`,
      got: `${sampleRate} Hz`,
      hint: 'Resample it with resampleSound',
    });
  if (samples.length === 0) throw new SensoriumError('media.sound', 'the sound is empty', { expected: 'at least one sample', got: 'none' });
  return samples;
}
