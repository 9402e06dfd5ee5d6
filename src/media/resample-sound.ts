// Sounds at another sampling rate: band-limited interpolation with torchaudio's default kernel.

import { SensoriumError } from '../util/errors.js';
import type { Sound } from './sound.js';

/** Zero crossings of the sinc on either side, and the share of the band that is kept (torchaudio's `resample`). */
const CROSSINGS = 6;
const ROLLOFF = 0.99;

/** The sound at `sampleRate`, windowed-sinc interpolated (Smith, "Digital Audio Resampling"). Errors: `media.sound` for a rate that is none. */
export function resampleSound({ sampleRate: from, samples }: Sound, sampleRate: number): Sound {
  for (const rate of [from, sampleRate])
    if (!(Number.isInteger(rate) && rate > 0))
      throw new SensoriumError('media.sound', 'this is no sampling rate', { expected: 'a positive whole number of Hz', got: String(rate) });
  if (from === sampleRate) return { sampleRate, samples };
  const common = gcd(from, sampleRate);
  const [down, up] = [from / common, sampleRate / common];
  const cutoff = Math.min(down, up) * ROLLOFF;
  const reach = Math.ceil((CROSSINGS * down) / cutoff);
  // One kernel for each of the `up` places that an output can have between inputs.
  const width = 2 * reach + down;
  const kernels = new Float32Array(up * width);
  for (let phase = 0; phase < up; phase++)
    for (let k = 0; k < width; k++) {
      const t = Math.max(-CROSSINGS, Math.min(CROSSINGS, (-phase / up + (k - reach) / down) * cutoff));
      const window = Math.cos((t * Math.PI) / CROSSINGS / 2) ** 2;
      const sinc = t === 0 ? 1 : Math.sin(t * Math.PI) / (t * Math.PI);
      kernels[phase * width + k] = (sinc * window * cutoff) / down;
    }
  const out = new Float32Array(Math.ceil((up * samples.length) / down));
  for (let i = 0; i < out.length; i++) {
    const phase = i % up;
    const first = Math.floor(i / up) * down - reach;
    let sum = 0;
    for (let k = Math.max(0, -first); k < width && first + k < samples.length; k++)
      sum += (kernels[phase * width + k] as number) * (samples[first + k] as number);
    out[i] = sum;
  }
  return { sampleRate, samples: out };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
