// Values drawn by name, the same ones that golden scripts in Python draw, and weighed sums of gradients to compare with theirs.

import type { Parameter } from '../../src/graph/index.js';
import { type HostTensor, hostTensor, sizeOf } from '../../src/util/host.js';

/** sin(1.7 i + 0.37 seed + 0.3), the seed a sum over the name: around 1 for the weights of norms, small for biases, by fan-in for the rest. */
export function drawn(name: string, shape: readonly number[]): HostTensor<'float32'> {
  const seed = [...name].reduce((sum, c, i) => sum + (i + 1) * c.charCodeAt(0), 0) % 997;
  const tensor = hostTensor('float32', shape);
  const fan = Math.sqrt(sizeOf(shape.slice(1)));
  for (let i = 0; i < tensor.data.length; i++) {
    const value = Math.sin(1.7 * i + 0.37 * seed + 0.3);
    tensor.data[i] = shape.length > 1 ? (value * 1.5) / fan : name.endsWith('weight') ? 1 + 0.3 * value : 0.3 * value;
  }
  return tensor;
}

/** Values of parameters by their names. */
export const drawnValues = (parameters: readonly Parameter[]): Map<Parameter, HostTensor<'float32'>> =>
  new Map(parameters.map((p) => [p, drawn(p.name, p.dims)]));

/** Two sums over a gradient, weighed by cos(0.3 i + 0.1) and by sin(0.7 i). */
export function probes({ data }: Pick<HostTensor, 'data'>): [number, number] {
  let [a, b] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    a += Number(data[i]) * Math.cos(0.3 * i + 0.1);
    b += Number(data[i]) * Math.sin(0.7 * i);
  }
  return [a, b];
}
