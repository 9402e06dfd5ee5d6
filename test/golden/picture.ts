// The pictures that make_llava.py shows its models, by the same arithmetic.

import type { RgbImage } from '../../src/media/index.js';

/** Shapes with noise on them; whatever the size, resizing them shows every mistake. */
export function picture(width: number, height: number, seed: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, o = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++, o++) data[o] = (x * (seed + 3 + 2 * c) + y * (5 + c * seed) + Math.floor((x * y * (seed + c)) / 7)) % 256;
  return { width, height, data };
}
