// Work on samples in the pool of worker threads: another sampling rate, and the spectrograms of windows.

import { defineJob, runJob } from '../util/jobs.js';
import { resampleSound } from './resample-sound.js';
import type { Sound } from './sound.js';
import { WhisperFeatures } from './whisper-features.js';

/** Samples up to which work is done where it is asked for, in some milliseconds. */
const SMALL = 2 ** 15;

interface ResampleInput {
  sound: Sound;
  sampleRate: number;
}

interface FeaturesInput {
  config: WhisperFeatures['config'];
  sound: Sound;
}

/** `resampleSound`: the work of a thread. */
export const resampleJob = ({ sound, sampleRate }: ResampleInput): Sound => resampleSound(sound, sampleRate);

const kept = new Map<string, WhisperFeatures>();

/** `WhisperFeatures.extract`: the work of a thread, which keeps its extractors. */
export function whisperFeaturesJob({ config, sound }: FeaturesInput): { shape: readonly number[]; data: Float32Array } {
  const key = JSON.stringify(config);
  const features = kept.get(key) ?? WhisperFeatures.fromConfig(config);
  kept.set(key, features);
  const { shape, data } = features.extract(sound);
  return { shape, data };
}

const resample = defineJob(import.meta.url, resampleJob);
const features = defineJob(import.meta.url, whisperFeaturesJob);

/** `resampleSound` off this thread, unless the sound is short or has the rate already. Errors: as there, and the reason of `signal`. */
export async function resampleAside(sound: Sound, sampleRate: number, signal?: AbortSignal): Promise<Sound> {
  if (sound.samples.length <= SMALL || sound.sampleRate === sampleRate) return resampleSound(sound, sampleRate);
  return runJob(resample, { sound: ownSamples(sound), sampleRate }, { signal });
}

/** Whisper's features of a window, [mels, frames], off this thread. Errors: as `WhisperFeatures.extract`, and the reason of `signal`. */
export async function whisperFeatures(
  { config }: WhisperFeatures,
  sound: Sound,
  signal?: AbortSignal,
): Promise<{ shape: readonly number[]; data: Float32Array }> {
  if (config.chunk_length * config.sampling_rate <= SMALL) return whisperFeaturesJob({ config, sound });
  return runJob(features, { config, sound: ownSamples(sound) }, { signal });
}

/** A view of a larger buffer would be sent with all of it. */
function ownSamples({ sampleRate, samples }: Sound): Sound {
  const whole = samples.byteLength === samples.buffer.byteLength;
  return { sampleRate, samples: whole ? samples : samples.slice() };
}
