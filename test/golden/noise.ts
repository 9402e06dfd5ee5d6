// Pixels for tests: the same pseudo-random image that test/golden/resize.py makes.

import type { RgbImage } from '../../src/media/image.js';

/** Noise in which two values of five are 0 or 255, so that overshooting filters have to clip. */
export function noise(width: number, height: number, seed: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const value = state >> 16;
    data[i] = value % 5 === 0 ? 0 : value % 5 === 1 ? 255 : value & 255;
  }
  return { width, height, data };
}

/** The same pseudo-random sound that test/golden/make_audio.py makes: fading bursts of noise over a triangle wave. */
export function noiseSound(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const noise = (state >> 16) / 16384 - 1;
    return (0.5 * noise) / (1 + (i % 997) / 20) + 0.3 * Math.abs((i % 37) / 18.5 - 1) - 0.15;
  });
}
