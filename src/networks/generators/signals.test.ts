// The output projection of signal tokens: torch's TransformerDecoder to 1e-5 forward and 1e-4 backward.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { constant, grad, input, type Parameter, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor, sizeOf } from '../../util/host.js';
import { SignalProjector, signals, signalTokens } from './signals.js';

interface Facts {
  hidden: number;
  width: number;
  heads: number;
  layers: number;
  tokens: number;
  rows: number;
  size: number;
  shapes: Record<string, number[]>;
  out: number[];
  loss: number;
  states: number[];
  gradients: Record<string, number[]>;
}
const facts = JSON.parse(readFileSync(resolve('test/golden/signals.json'), 'utf8')) as Facts;

const sines = (shape: readonly number[], phase: number, scale: number): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(0.7 * i + phase)),
  );

test("conditions, their loss and every gradient are torch's", async () => {
  const { hidden, width, heads, layers, rows, size, tokens } = facts;
  const projector = new SignalProjector(hidden, { tokens: signalTokens(tokens), rows, size, width, heads, layers }).nameParameters();
  const own = new Map(projector.parameters().map((p) => [p.name, p]));
  const names = Object.keys(facts.shapes).sort();
  expect([...own.keys()].sort()).toEqual(names);
  const values = new Map(names.map((name, k) => [own.get(name) as Parameter, sines(facts.shapes[name] as number[], k, 0.4)]));
  const states = input('states', [2, tokens, hidden]);
  const out = projector.project(states);
  const wrong = out.sub(constant(sines([2, rows, size], 1.9, 1)));
  const loss = wrong.mul(wrong).mean();
  const leaves: Tensor[] = [states, ...projector.parameters()];
  const slopes = grad(loss, leaves);
  const program = await compile({ out, loss, ...Object.fromEntries(slopes.map((g, i) => [`g${i}`, g])) }, { frozen: values });
  const got = (await program.run({ states: sines([2, tokens, hidden], 0.3, 1) })) as Record<string, HostTensor<'float32'>>;
  program.dispose();
  got.out?.data.forEach((v, i) => void expect(v).toBeCloseTo(facts.out[i] as number, 5));
  expect(got.loss?.data[0]).toBeCloseTo(facts.loss, 5);
  got.g0?.data.forEach((v, i) => void expect(Math.abs(v - (facts.states[i] as number))).toBeLessThan(1e-4));
  for (const [i, p] of projector.parameters().entries()) {
    const data = got[`g${i + 1}`]?.data as Float32Array;
    const want = facts.gradients[p.name] as number[];
    want.slice(0, -1).forEach((v, k) => void expect(Math.abs((data[k] as number) - v), p.name).toBeLessThan(1e-4));
    expect(Math.abs(data.reduce((a, b) => a + b, 0) - (want.at(-1) as number)), p.name).toBeLessThan(1e-3);
  }
});

test('sizes that cannot be are refused by their field', () => {
  for (const wrong of [{ tokens: [] }, { rows: 0 }, { heads: 3 }, { tokens: [''] }])
    expect(() => signals({ tokens: signalTokens(2), rows: 2, size: 2, ...wrong })).toThrow(
      expect.objectContaining({ code: 'model.config' }),
    );
});
