// ImageBind's sounds: cuts of two seconds as log-mel spectrograms, computed as Kaldi computes filter banks.

import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Fourier } from './fft.js';
import { resampleSound } from './resample-sound.js';
import type { Sound } from './sound.js';

/** Samples a second, and of a frame, of a step and of a transform: 25 ms, 10 ms and the next power of two. */
const RATE = 16_000;
const FRAME = 400;
const STEP = 160;
const LONG = 512;
/** Kaldi's filters begin at 20 Hz. */
const LOWEST = 20;
const PREEMPHASIS = 0.97;
const EPSILON = 1.1920928955078125e-7;
/** Mean and deviation of the published training data. */
const MEAN = -4.268;
const DEVIATION = 9.138;

const mel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);

/** Weights of Kaldi's triangular filters, which are even in mel: [mels][LONG / 2]; the bin at half the rate counts for nothing. */
function filters(mels: number): Float64Array[] {
  const [low, high] = [mel(LOWEST), mel(RATE / 2)];
  const step = (high - low) / (mels + 1);
  return Array.from({ length: mels }, (_, m) => {
    const left = low + m * step;
    return Float64Array.from({ length: LONG / 2 }, (_, k) => {
      const at = (mel((k * RATE) / LONG) - left) / step;
      return Math.max(0, Math.min(at, 2 - at));
    });
  });
}

/** How sounds are cut. */
export interface ImageBindSoundOptions {
  mels: number;
  /** Frames of a spectrogram; shorter cuts are filled up with zeros. */
  frames: number;
  /** Cuts of a sound, evenly from its beginning to its end, and seconds of each. Published: 3 of 2. */
  cuts?: number;
  seconds?: number;
}

/** Makes the inputs of ImageBind's tower of sounds. */
export class ImageBindSounds {
  private readonly filters: Float64Array[];
  private readonly fourier = new Fourier(LONG);
  private readonly window = Float64Array.from({ length: FRAME }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (FRAME - 1)));
  constructor(private readonly options: ImageBindSoundOptions) {
    this.filters = filters(options.mels);
  }

  /** The cuts of a sound of any rate: [1, mels, frames] each. Errors: `media.sound` for a sound of less than 25 ms. */
  cuts(sound: Sound): HostTensor<'float32'>[] {
    const { samples } = resampleSound(sound, RATE);
    const { cuts = 3, seconds = 2 } = this.options;
    const length = Math.min(samples.length, Math.round(seconds * RATE));
    if (length < FRAME)
      throw new SensoriumError('media.sound', 'the sound is too short', {
        expected: 'at least 25 ms',
        got: `${samples.length} samples at ${RATE} Hz`,
      });
    return Array.from({ length: cuts }, (_, i) => {
      const from = cuts > 1 ? Math.floor(((samples.length - length) * i) / (cuts - 1)) : 0;
      return this.spectrogram(samples.subarray(from, from + length));
    });
  }

  /** Log-mel energies of 16 kHz samples about their mean, brought to mean 0 and deviation 1 of the training data: [1, mels, frames]. */
  private spectrogram(samples: Float32Array): HostTensor<'float32'> {
    const { mels, frames } = this.options;
    const out = hostTensor('float32', [1, mels, frames]);
    out.data.fill(-MEAN / DEVIATION);
    const mean = samples.reduce((a, b) => a + b, 0) / samples.length;
    const count = Math.min(frames, 1 + Math.floor((samples.length - FRAME) / STEP));
    const cut = new Float64Array(LONG);
    const power = new Float64Array(LONG / 2 + 1);
    for (let t = 0; t < count; t++) {
      let offset = 0;
      for (let i = 0; i < FRAME; i++) offset += cut[i] = (samples[t * STEP + i] as number) - mean;
      offset /= FRAME;
      for (let i = FRAME - 1; i >= 0; i--) {
        const [now, before] = [(cut[i] as number) - offset, (cut[Math.max(0, i - 1)] as number) - offset];
        cut[i] = (now - PREEMPHASIS * before) * (this.window[i] as number);
      }
      this.fourier.power(cut, power);
      for (let m = 0; m < mels; m++) {
        const weights = this.filters[m] as Float64Array;
        let energy = 0;
        for (let k = 0; k < weights.length; k++) energy += (weights[k] as number) * (power[k] as number);
        out.data[m * frames + t] = (Math.log(Math.max(EPSILON, energy)) - MEAN) / DEVIATION;
      }
    }
    return out;
  }
}
