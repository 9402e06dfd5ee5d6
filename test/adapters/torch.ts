// Outputs and gradients of a traced part against those that PyTorch wrote into a file.

import { expect } from 'vitest';
import { constant, grad, type Parameter, type Tensor } from '../../src/graph/index.js';
import { compile } from '../../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { distance } from '../golden/read.js';

/** A tensor of the file. */
export interface Packed {
  shape: number[];
  data: number[];
}

/** A case: inputs and values of parameters by name, the output, and gradients of its sum weighted by cosines. */
export interface Facts {
  inputs: Record<string, Packed>;
  values: Record<string, Packed>;
  y: Packed;
  gradients: Record<string, Packed>;
}

const host = ({ shape, data }: Packed): HostTensor<'float32'> => hostTensor('float32', shape, data);

/** Compares `y` (1e-5) and all gradients (1e-4) with the case; `more` is added to the loss that they are of. */
export async function agrees(
  facts: Facts,
  own: ReadonlyMap<string, Parameter>,
  { y, inputs, more = [] }: { y: Tensor; inputs: Record<string, Tensor>; more?: readonly Tensor[] },
): Promise<void> {
  const values = new Map([...own].map(([name, p]) => [p, host(facts.values[name] as Packed)]));
  expect([...own.keys()].sort()).toEqual(Object.keys(facts.values).sort());
  const cosines = facts.y.data.map((_, i) => Math.cos(0.3 * i));
  const loss = more.reduce((a, b) => a.add(b), y.mul(constant(hostTensor('float32', facts.y.shape, cosines))).sum());
  const names = Object.keys(facts.gradients);
  const of = names.map((name) => own.get(name) ?? (inputs[name] as Tensor));
  const gradients = Object.fromEntries(grad(loss, of).map((g, i) => [`grad.${names[i]}`, g]));
  const program = await compile({ y, ...gradients }, { frozen: values });
  const out = await program.run(Object.fromEntries(Object.keys(inputs).map((name) => [name, host(facts.inputs[name] as Packed)])));
  program.dispose();
  expect(distance((out.y as HostTensor<'float32'>).data, Float32Array.from(facts.y.data))).toBeLessThan(1e-5);
  for (const name of names) {
    const want = Float32Array.from((facts.gradients[name] as Packed).data);
    expect(distance((out[`grad.${name}`] as HostTensor<'float32'>).data, want), name).toBeLessThan(1e-4);
  }
}
