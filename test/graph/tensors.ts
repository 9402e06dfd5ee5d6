// What tests of programs share: tensors drawn from a seed, parameters by name, and how far two results are apart.

import { expect } from 'vitest';
import { Parameter } from '../../src/graph/index.js';
import { type HostTensor, hostTensor, sizeOf } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';

/** Draws tensors of standard normal numbers, one after the other from one seed. */
export function normals(seed: string): (...shape: number[]) => HostTensor<'float32'> {
  const rng = new Rng(seed);
  return (...shape) =>
    hostTensor(
      'float32',
      shape,
      Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    );
}

/** A parameter that is never initialised: its test gives the values. */
export const parameter = (name: string, ...dims: number[]): Parameter => Object.assign(new Parameter(dims, () => undefined), { name });

/** The largest difference between elements of two float32 tensors of one size. */
export function worst(a: HostTensor | undefined, b: HostTensor | undefined): number {
  const [x, y] = [a?.data as Float32Array, b?.data as Float32Array];
  expect(x.length).toBe(y.length);
  return x.reduce((m, v, i) => Math.max(m, Math.abs(v - (y[i] as number))), 0);
}
