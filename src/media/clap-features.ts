// ClapFeatureExtractor: mel spectrograms in decibels of ten seconds, or of longer sounds one small whole and three cuts.

import { z } from 'zod';
import { type HostTensor, hostTensor } from '../util/host.js';
import { parseImageConfig } from './image-config.js';
import { MelSpectrogram } from './mel.js';
import { type Sound, samplesAt } from './sound.js';

const size = z.int().positive();

const schema = z
  .object({
    feature_size: size.default(64),
    sampling_rate: size.default(48000),
    hop_length: size.default(480),
    max_length_s: size.default(10),
    fft_window_size: size.default(1024),
    frequency_min: z.number().nonnegative().default(0),
    frequency_max: z.number().positive().default(14000),
    /** What is done to longer sounds: a cut at random, or the whole and three cuts together. */
    truncation: z.enum(['fusion', 'rand_trunc']).default('fusion'),
    /** What is done to shorter sounds: repeated as often as they fit and silence, repeated and cut, or silence. */
    padding: z.enum(['repeatpad', 'repeat', 'pad']).default('repeatpad'),
  })
  .superRefine((c, context) => {
    const wrong = (path: string, message: string, input: unknown): void =>
      context.addIssue({ code: 'custom', path: [path], message, input });
    if (c.frequency_max <= c.frequency_min) wrong('frequency_max', 'more than frequency_min', c.frequency_max);
    if (c.fft_window_size / 2 >= c.max_length_s * c.sampling_rate)
      wrong('fft_window_size', 'less than twice the samples of the longest sound', c.fft_window_size);
  });

/** Features of one sound. */
export interface ClapInput {
  /** [1, frames, mels], or with fusion [4, frames, mels]: the whole made small, then three cuts. */
  features: HostTensor<'float32'>;
  /** Whether the sound was too long, so that the cuts say more than the whole. */
  longer: boolean;
}

/** Where a cut begins, of `n` places; transformers draws it at random. */
export type Choose = (n: number) => number;
const middle: Choose = (n) => Math.floor((n - 1) / 2);

/** Features of sounds for CLAP's audio tower. */
export class ClapFeatures {
  private readonly mel: MelSpectrogram;
  private constructor(readonly config: z.output<typeof schema>) {
    const { feature_size: mels, sampling_rate: sampleRate, fft_window_size: frame, hop_length, truncation } = config;
    const fusion = truncation === 'fusion';
    const [min, max] = [config.frequency_min, config.frequency_max];
    const scale = fusion ? 'htk' : 'slaney';
    this.mel = new MelSpectrogram({ frame, mels, min, max, sampleRate, scale, equalEnergy: !fusion }, hop_length);
  }

  /** From the contents of preprocessor_config.json. Errors: `media.config`, naming the key. */
  static fromConfig(raw: unknown = {}, place = 'preprocessor_config.json'): ClapFeatures {
    const types = ['ClapFeatureExtractor'];
    return new ClapFeatures(parseImageConfig(schema, raw, { types, place, what: 'feature extractor' }));
  }

  /** Samples of the longest sound that is heard whole. */
  get longest(): number {
    return this.config.max_length_s * this.config.sampling_rate;
  }

  /** Frames of every spectrogram: those of the longest sound. */
  get frames(): number {
    return this.mel.frames(this.longest);
  }

  /** Errors: `media.sound` for another sampling rate or no samples. `choose` places the cuts of longer sounds; in the middle by default. */
  extract(sound: Sound, choose: Choose = middle): ClapInput {
    const { sampling_rate, truncation } = this.config;
    const samples = samplesAt(sound, sampling_rate);
    const fusion = truncation === 'fusion';
    if (samples.length <= this.longest) return { features: this.stacked(this.decibels(this.filled(samples))), longer: false };
    if (fusion) return this.fused(this.decibels(samples), choose);
    const from = choose(samples.length - this.longest + 1);
    return { features: this.stacked(this.decibels(samples.subarray(from, from + this.longest))), longer: true };
  }

  private filled(samples: Float32Array): Float32Array {
    const { padding } = this.config;
    const out = new Float32Array(this.longest);
    const times = Math.floor(this.longest / samples.length) + (padding === 'repeat' ? 1 : 0);
    for (let i = 0; i < (padding === 'pad' ? 1 : times); i++) {
      const at = i * samples.length;
      if (at < out.length) out.set(samples.subarray(0, out.length - at), at);
    }
    return out;
  }

  /** [frames, mels] */
  private decibels(samples: Float32Array): Float32Array {
    return Float32Array.from(this.mel.power(samples), (v) => 10 * Math.log10(Math.max(v, 1e-10)));
  }

  /** The same spectrogram as often as the encoder has channels. */
  private stacked(spectrogram: Float32Array): HostTensor<'float32'> {
    const mels = this.config.feature_size;
    const channels = this.config.truncation === 'fusion' ? 4 : 1;
    const out = hostTensor('float32', [channels, spectrogram.length / mels, mels]);
    for (let c = 0; c < channels; c++) out.data.set(spectrogram, c * spectrogram.length);
    return out;
  }

  /** The whole squeezed into the frames of the longest sound, and a cut from each third of it. */
  private fused(spectrogram: Float32Array, choose: Choose): ClapInput {
    const { feature_size: mels, hop_length } = this.config;
    const total = spectrogram.length / mels;
    const frames = Math.floor(this.longest / hop_length) + 1;
    if (total === frames) return { features: this.stacked(spectrogram), longer: false };
    const features = hostTensor('float32', [4, frames, mels]);
    features.data.set(squeezed(spectrogram, { from: total, to: frames, mels }));
    const places = total - frames + 1;
    let first = 0;
    for (let part = 0; part < 3; part++) {
      const count = Math.floor(places / 3) + (part < places % 3 ? 1 : 0); // numpy's array_split
      const at = count === 0 ? 0 : first + choose(count);
      first += count;
      features.data.set(spectrogram.subarray(at * mels, (at + frames) * mels), (part + 1) * frames * mels);
    }
    return { features, longer: true };
  }
}

/** Linear interpolation between frames, in the single precision of torch. */
function squeezed(x: Float32Array, { from, to, mels }: { from: number; to: number; mels: number }): Float32Array {
  const f = Math.fround;
  const out = new Float32Array(to * mels);
  const scale = f(from / to);
  for (let t = 0; t < to; t++) {
    const place = Math.max(0, f(f(scale * f(t + 0.5)) - 0.5));
    const low = Math.floor(place);
    const high = Math.min(low + 1, from - 1);
    const share = f(place - low);
    for (let m = 0; m < mels; m++) {
      const [a, b] = [x[low * mels + m] as number, x[high * mels + m] as number];
      out[t * mels + m] = (1 - share) * a + share * b;
    }
  }
  return out;
}
