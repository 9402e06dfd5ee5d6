// Graphs on the CPU and on a device: the same losses and gradients, and no node that falls back.

import { expect } from 'vitest';
import type { Parameter, Tensor } from '../../src/graph/index.js';
import { compile } from '../../src/runtime/compile.js';
import { selectRuntime } from '../../src/runtime/select.js';
import { gradientGraph, type Objective } from '../../src/train/index.js';
import type { HostTensor } from '../../src/util/host.js';
import { only, place } from './placement.js';
import { BOUNDS, record, short } from './record.js';

/** What is compared, and with what. */
export interface Comparison {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly frozen?: ReadonlyMap<Parameter, HostTensor>;
}

/** Gradients that are smaller than this share of the largest of a graph are measured by that: those of biases before a softmax are nothing but rounding. */
const LEAST = 1e-2;

/**
 * Runs a graph on both and expects what it gives to agree within `BOUNDS.gradients`: every gradient by its own largest number, everything else by
 * its size or 1. Records under `section` and `name` how many outputs there were and how far the worst was off.
 */
export async function compareGraphs(section: string, name: string, { outputs, feeds, frozen = new Map() }: Comparison): Promise<void> {
  const program = await compile(outputs, { runtime: await selectRuntime('native', 'cpu'), frozen });
  const given = await program.run(only(program.inputs, feeds));
  const wanted = Object.fromEntries(Object.entries(given).map(([key, t]) => [key, Float32Array.from(numbers(t))]));
  program.dispose();
  const { values, onCpu } = await place(outputs, feeds, { runtime: await selectRuntime('native', 'webgpu'), frozen });
  expect(onCpu, 'nodes on the CPU').toEqual([]);
  const sizes = Object.entries(wanted).map(([key, x]) => [key, x.reduce((most, v) => Math.max(most, Math.abs(v)), 0)] as const);
  const largest = Math.max(...sizes.flatMap(([key, size]) => (key.startsWith('grad.') ? [size] : [])));
  expect(largest, 'the largest gradient').toBeGreaterThan(0);
  let worst = { key: '', off: 0 };
  for (const [key, size] of sizes) {
    const scale = key.startsWith('grad.') ? Math.max(size, LEAST * largest) : Math.max(size, 1);
    const got = numbers(values[key]);
    const own = wanted[key] as Float32Array;
    expect(got.length, key).toBe(own.length);
    own.forEach((v, i) => {
      const off = Math.abs((got[i] as number) - v) / scale;
      if (!(off <= worst.off)) worst = { key: `${key}[${i}]: ${got[i]}, on the CPU ${v}`, off };
    });
  }
  record(section, name, { outputs: sizes.length, worst: short(worst.off) });
  expect(worst.off, worst.key).toBeLessThanOrEqual(BOUNDS.gradients);
}

const numbers = (t: HostTensor | undefined): Float32Array => (t as HostTensor<'float32'>).data;

/** An objective's first batch with its gradient graph. */
export async function gradientsOf(objective: Objective, value: (p: Parameter) => HostTensor): Promise<Comparison> {
  const { bucket, feeds } = await objective.batch(0);
  const values = Object.fromEntries(objective.trained.map((p) => [p.name, value(p)]));
  const outputs = gradientGraph(objective, bucket);
  return { outputs, feeds: { ...values, ...objective.carried, ...feeds }, frozen: objective.frozen };
}
