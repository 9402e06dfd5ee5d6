// How embeddings of tokens that stand for places begin: near one another where their places are.

import type { HostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';

/** A token that a vocabulary grows by; `at`: the place that it stands for, as coordinates in 0..1. */
export interface FreshToken {
  readonly id: number;
  readonly at?: readonly number[] | undefined;
}

/** Waves for each coordinate, and how fast they turn, in radians over the whole: near places have near rows, and half the image apart they have little in common. */
const [WAVES, SPEED] = [24, 12];

/**
 * Moves the rows of tokens with a place apart, by as much as the first `had` rows lie apart: to each is added a sum of waves of its coordinates along directions drawn
 * once (random Fourier features, Rahimi and Recht 2007; Tancik et al. 2020). data: [rows, …], changed in place.
 */
export function placeRows({ data, shape }: HostTensor<'float32'>, { had, fresh }: { had: number; fresh: readonly FreshToken[] }): void {
  const placed = fresh.flatMap(({ id, at }) => (at ? [{ id, at }] : []));
  if (placed.length === 0) return;
  const width = shape.slice(1).reduce((n, d) => n * d, 1);
  const rng = new Rng('places');
  const axes = Math.max(...placed.map(({ at }) => at.length));
  const waves = Array.from({ length: WAVES * axes }, () => ({
    turns: Array.from({ length: axes }, () => SPEED * rng.normal()),
    phase: rng.float() * 2 * Math.PI,
    along: Float32Array.from({ length: width }, () => rng.normal()),
  }));
  const spread = deviations(data.subarray(0, had * width), width);
  for (const { id, at } of placed)
    for (const { turns, phase, along } of waves) {
      const height = Math.cos(phase + turns.reduce((sum, turn, axis) => sum + turn * (at[axis] ?? 0), 0)) * Math.sqrt(2 / waves.length);
      for (let i = 0; i < width; i++)
        data[id * width + i] = (data[id * width + i] as number) + height * (along[i] as number) * (spread[i] as number);
    }
}

/** The standard deviation of each column. */
function deviations(rows: Float32Array, width: number): Float64Array {
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  for (const [i, v] of rows.entries()) {
    sums[i % width] = (sums[i % width] as number) + v;
    squares[i % width] = (squares[i % width] as number) + v * v;
  }
  const n = rows.length / width;
  return squares.map((square, i) => Math.sqrt(Math.max(0, square / n - ((sums[i] as number) / n) ** 2)));
}
