// Transforms against the definition, filter banks against hand-worked corners, features at their edges.

import { describe, expect, it } from 'vitest';
import { ClapFeatures } from './clap-features.js';
import { Fourier } from './fft.js';
import { hertzToMel, melFilters, melToHertz } from './mel.js';
import { WhisperFeatures } from './whisper-features.js';

describe('Fourier', () => {
  it.each([1, 2, 7, 12, 60, 255, 400])('is the sum over all samples (%i)', (n) => {
    const x = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i) + (i % 3));
    const got = new Float64Array(Math.floor(n / 2) + 1);
    new Fourier(n).power(x, got);
    got.forEach((power, k) => {
      let [re, im] = [0, 0];
      x.forEach((v, i) => {
        re += v * Math.cos((2 * Math.PI * i * k) / n);
        im -= v * Math.sin((2 * Math.PI * i * k) / n);
      });
      expect(power).toBeCloseTo(re * re + im * im, 8);
    });
  });
});

describe('mel scales', () => {
  it.each(['slaney', 'htk'] as const)('come back (%s)', (scale) => {
    for (const hertz of [0, 440, 999, 1000, 1001, 7600]) expect(melToHertz(hertzToMel(hertz, scale), scale)).toBeCloseTo(hertz, 9);
  });
  it('are where they are defined to be', () => {
    expect(hertzToMel(1000, 'slaney')).toBe(15);
    expect(hertzToMel(6400, 'slaney')).toBeCloseTo(42, 9);
    expect(hertzToMel(700, 'htk')).toBeCloseTo(2595 * Math.log10(2), 9);
  });
  it('make filters that rise to a peak, fall, and may be empty', () => {
    const options = { frame: 64, mels: 40, min: 0, max: 4000, sampleRate: 8000, scale: 'slaney', equalEnergy: false } as const;
    const filters = melFilters(options);
    expect(filters).toHaveLength(40);
    for (const { first, weights } of filters) {
      expect(first + weights.length).toBeLessThanOrEqual(33);
      expect(weights.every((w) => w > 0 && w <= 1)).toBe(true);
    }
    expect(filters.some(({ weights }) => weights.length === 0)).toBe(true);
  });
});

describe('features', () => {
  const whisper = { chunk_length: 1, feature_size: 8 };
  it('of silence are one value', () => {
    const { data } = WhisperFeatures.fromConfig(whisper).extract({ sampleRate: 16000, samples: new Float32Array(5) });
    expect(new Set(data)).toEqual(new Set([-1.5]));
  });
  it('are of sounds with the right rate', () => {
    const sound = { sampleRate: 44100, samples: new Float32Array(9) };
    expect(() => WhisperFeatures.fromConfig(whisper).extract(sound)).toThrow(/expected 16000 Hz, got 44100 Hz/);
    expect(() => ClapFeatures.fromConfig({}).extract(sound)).toThrow(/expected 48000 Hz/);
    expect(() => ClapFeatures.fromConfig({}).extract({ sampleRate: 48000, samples: new Float32Array() })).toThrow(/empty/);
  });
  it('name the key of a config that is wrong', () => {
    expect(() => WhisperFeatures.fromConfig({ hop_length: 0 })).toThrow(/feature extractor config.*hop_length/);
    expect(() => WhisperFeatures.fromConfig({ feature_extractor_type: 'ClapFeatureExtractor' })).toThrow(/another feature extractor/);
    expect(() => ClapFeatures.fromConfig({ truncation: 'middle' })).toThrow(/truncation/);
    expect(() => ClapFeatures.fromConfig({ frequency_min: 15_000 })).toThrow(/frequency_max/);
  });
  it('of long sounds take their cuts where they are told to', () => {
    const extractor = ClapFeatures.fromConfig({
      sampling_rate: 1000,
      max_length_s: 1,
      hop_length: 100,
      fft_window_size: 64,
      frequency_max: 400,
    });
    const samples = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i / (2 + i / 1000)));
    const first = extractor.extract({ sampleRate: 1000, samples }, () => 0).features;
    const last = extractor.extract({ sampleRate: 1000, samples }, (n) => n - 1).features;
    expect(first.shape).toEqual([4, 11, 64]);
    const part = (x: typeof first, c: number) => x.data.subarray(c * 704, (c + 1) * 704);
    expect(part(first, 0)).toEqual(part(last, 0));
    expect(part(first, 1)).not.toEqual(part(last, 1));
    // 31 frames: cuts begin at 0 to 20, seven places for each.
    expect(part(first, 2).subarray(0, 64)).toEqual(part(last, 1).subarray(64, 128));
  });
});
