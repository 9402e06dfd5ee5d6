// Initialisers: how fresh parameters are filled. Each takes the shape, so that fans are known.

import type { Initializer } from '../graph/index.js';

export const zeros: Initializer = (data) => void data.fill(0);
export const ones: Initializer = (data) => void data.fill(1);
/** A constant. */
export const fill =
  (value: number): Initializer =>
  (data) =>
    void data.fill(value);
/** Normal with the given standard deviation, cut at three of them. */
export const normal =
  (std: number): Initializer =>
  (data, _, rng) => {
    for (let i = 0; i < data.length; i++) {
      let v = rng.normal();
      while (Math.abs(v) > 3) v = rng.normal();
      data[i] = v * std;
    }
  };
/** Normal with std = gain / sqrt(fan in); fan in is the product of all axes but the first. */
export const fanIn =
  (gain = 1): Initializer =>
  (data, shape, rng) => {
    const fan = shape.slice(1).reduce((a, b) => a * b, 1) || 1;
    normal(gain / Math.sqrt(fan))(data, shape, rng);
  };
