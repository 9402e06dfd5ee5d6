// Pixels for tests: the same pseudo-random image that test/golden/resize.py makes.

import type { RgbImage } from './image.js';

/** Noise in which two values of five are 0 or 255, so that overshooting filters have to clip. */
export function noise(width: number, height: number, seed: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = BigInt(seed);
  for (let i = 0; i < data.length; i++) {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    const value = Number(state >> 16n);
    data[i] = value % 5 === 0 ? 0 : value % 5 === 1 ? 255 : value & 255;
  }
  return { width, height, data };
}
