// The mixture of experts against plain loops, and gradients for its router and every expert.

import { describe, expect, it } from 'vitest';
import { distance } from '../../../../test/golden/read.js';
import { grad, input, type Parameter, type Tensor, topological } from '../../../graph/index.js';
import { compile } from '../../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../../util/host.js';
import { Rng } from '../../../util/rng.js';
import type { Project } from '../../language/adapted.js';
import { SparseMoe } from './moe.js';

const [width, inner, experts, active] = [6, 5, 4, 2];
const plain: Project = (_, linear, x) => linear.forward(x);

function setUp() {
  const moe = new SparseMoe(width, inner, { experts, active }).nameParameters();
  const rng = new Rng(9);
  const values = new Map<Parameter, HostTensor>();
  for (const p of moe.parameters())
    values.set(
      p,
      hostTensor(
        'float32',
        p.dims,
        Float32Array.from({ length: p.count }, () => rng.normal() * 0.7),
      ),
    );
  const x = hostTensor(
    'float32',
    [1, 3, width],
    Float32Array.from({ length: 3 * width }, () => rng.normal()),
  );
  return { moe, values, x };
}

/** w [out, in] times a row. */
function product(w: HostTensor, row: number[]): number[] {
  const [out, count] = w.shape as [number, number];
  return Array.from({ length: out }, (_, o) => row.reduce((s, v, i) => s + v * ((w.data as Float32Array)[o * count + i] as number), 0));
}
const silu = (v: number): number => v / (1 + Math.exp(-v));

describe('SparseMoe', () => {
  it('sends each token to its best experts, weighted by the softmax over those', async () => {
    const { moe, values, x } = setUp();
    const xIn = input('x', [1, 3, width]);
    const program = await compile({ y: moe.forward(xIn, plain), w: moe.route(xIn) }, { frozen: values });
    const { y, w } = (await program.run({ x })) as Record<'y' | 'w', HostTensor<'float32'>>;
    program.dispose();
    const value = (p: Parameter): HostTensor => values.get(p) as HostTensor;
    for (let t = 0; t < 3; t++) {
      const row = Array.from(x.data.subarray(t * width, (t + 1) * width));
      const scores = product(value(moe.gate.weight), row);
      const best = scores
        .map((s, e) => ({ s, e }))
        .sort((a, b) => b.s - a.s)
        .slice(0, active);
      const total = best.reduce((n, { s }) => n + Math.exp(s), 0);
      const expected = new Array<number>(width).fill(0);
      const weights = new Array<number>(experts).fill(0);
      for (const { s, e } of best) {
        const { w1, w2, w3 } = moe.experts[e] as SparseMoe['experts'][number];
        weights[e] = Math.exp(s) / total;
        const up = product(value(w3.weight), row);
        const hidden = product(value(w1.weight), row).map((g, i) => silu(g) * (up[i] as number));
        product(value(w2.weight), hidden).forEach((v, i) => {
          expected[i] = (expected[i] as number) + (weights[e] as number) * v;
        });
      }
      expected.forEach((v, i) => {
        expect(y.data[t * width + i]).toBeCloseTo(v, 5);
      });
      weights.forEach((v, e) => {
        expect(w.data[t * experts + e]).toBeCloseTo(v, 6);
      });
    }
  });

  it('has a gradient for the router, and for exactly the experts that some token was sent to', async () => {
    const { moe, values, x } = setUp();
    const y = moe
      .forward(input('x', [1, 3, width]), plain)
      .square()
      .sum();
    const outputs = Object.fromEntries(moe.parameters().map((p) => [`d.${p.name}`, grad(y, p)]));
    const w = moe.route(input('x', [1, 3, width]));
    const program = await compile(outputs, { frozen: values });
    const gradients = (await program.run({ x })) as Record<string, HostTensor<'float32'>>;
    program.dispose();
    const routing = await compile({ w }, { frozen: values });
    const used = ((await routing.run({ x })).w as HostTensor<'float32'>).data;
    routing.dispose();
    const moved = (name: string): boolean => (gradients[`d.${name}`] as HostTensor<'float32'>).data.some((v) => v !== 0);
    expect(moved('gate.weight')).toBe(true);
    for (let e = 0; e < experts; e++) {
      const chosen = [0, 1, 2].some((t) => used[t * experts + e] !== 0);
      for (const name of ['w1', 'w2', 'w3']) expect(moved(`experts.${e}.${name}.weight`)).toBe(chosen);
    }
  });

  it('gives each expert its tokens alone where sizes are named, with the same result', async () => {
    const { moe, values } = setUp();
    const run = async (y: Tensor, n: number): Promise<HostTensor<'float32'>> => {
      const x = hostTensor(
        'float32',
        [2, n, width],
        Float32Array.from({ length: 2 * n * width }, (_, i) => Math.sin(i * i)),
      );
      const program = await compile({ y }, { frozen: values });
      const out = (await program.run({ x })).y as HostTensor<'float32'>;
      const copy = hostTensor('float32', out.shape, out.data.slice());
      program.dispose();
      return copy;
    };
    const named = input('x', ['batch', 'n', width]);
    const ops = (y: Tensor): string[] => topological([y]).nodes.map((node) => node.op.name);
    expect(ops(moe.forward(named, plain))).toContain('nonZero');
    expect(ops(moe.forward(named, plain, true))).not.toContain('nonZero');
    for (const n of [1, 3, 40]) {
      const all = await run(moe.forward(input('x', [2, n, width]), plain), n);
      const own = await run(moe.forward(named, plain), n);
      expect(own.shape).toEqual(all.shape);
      expect(distance(own.data, all.data)).toBeLessThan(1e-6);
    }
  });
});
