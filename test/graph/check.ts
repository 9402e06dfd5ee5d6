// One row of the op table and its check: forward against a naive loop, backward against central differences of that loop in double precision.

import { expect } from 'vitest';
import { grad, type Input, input, registry, sum, type Tensor, topological } from '../../src/graph/index.js';
import { type DType, type HostTensor, hostTensor, sizeOf } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';
import { evaluate } from './evaluate.js';
import type { Nd } from './nd.js';

/** An input of a row: shape, dtype, and how its elements are drawn. */
export interface Sample {
  shape: readonly number[];
  dtype: DType;
  draw(rng: Rng, count: number): number[];
}

const sample =
  (dtype: DType, one: (rng: Rng) => number) =>
  (...shape: number[]): Sample => ({
    shape,
    dtype,
    draw: (rng, n) => Array.from({ length: n }, () => one(rng)),
  });

/** Standard normal. */
export const normal = sample('float32', (rng) => rng.normal());
/** Uniform in [0.5, 2): for logarithms, roots and divisors. */
export const positive = sample('float32', (rng) => rng.uniform(0.5, 2));
/** Non-zero, of either sign, at least 0.5 from zero. */
export const nonzero = sample('float32', (rng) => rng.uniform(0.5, 2) * (rng.bool() ? 1 : -1));
export const bools = sample('bool', (rng) => rng.int(2));
/** Small whole numbers, with ties. */
export const whole = sample('float32', (rng) => rng.int(3) - 1);
/** Ids below n. */
export const ids = (n: number, ...shape: number[]): Sample => sample('int64', (rng) => rng.int(n))(...shape);
export const ids32 = (n: number, ...shape: number[]): Sample => sample('int32', (rng) => rng.int(n))(...shape);
/** Distinct values 0.2 apart, none nearer to zero or to a multiple of 0.2 than 0.05: kinks and ties stay away from the differences. */
export const distinct = (...shape: number[]): Sample => ({
  shape,
  dtype: 'float32',
  draw: (rng, n) => rng.shuffle(Array.from({ length: n }, (_, i) => (i - Math.floor(n / 2)) * 0.2 + 0.1)),
});
/** Given values. */
export const given = (shape: readonly number[], values: readonly number[], dtype: DType = 'float32'): Sample => ({
  shape,
  dtype,
  draw: () => [...values],
});

/** One row of the op table. */
export interface Row {
  /** Name in the registry; the traced graph must contain it. */
  op: string;
  /** What is special about this case. */
  case: string;
  inputs: readonly Sample[];
  graph(...x: Tensor[]): Tensor | readonly Tensor[];
  loop(...x: Nd[]): Nd | readonly Nd[];
}

const list = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? x : [x as T]);
const toNd = (t: HostTensor): Nd => ({ shape: t.shape, data: Float64Array.from(t.data as Iterable<number | bigint>, Number) });

function close(got: HostTensor, want: Nd, bar: number, what: string): void {
  expect(got.shape, `${what}: shape`).toEqual([...want.shape]);
  const values = toNd(got).data;
  const scale = Math.max(1, ...want.data.map(Math.abs));
  const exact = !got.dtype.includes('float');
  values.forEach((v, i) => {
    const w = want.data[i] as number;
    const error = Object.is(v, w) ? 0 : Math.abs(v - w);
    if (!(error <= (exact ? 0 : bar * scale))) expect.fail(`${what}[${i}] is ${v}, expected ${w} (error ${error})`);
  });
}

/** Bars relative to the largest element: fp32 against doubles. */
const FORWARD = 1e-5;
const BACKWARD = 1e-4;
const STEP = 1e-5;

/** What runs a row, and how near it must come. */
export interface CheckOptions {
  evaluate?: (
    outputs: Readonly<Record<string, Tensor>>,
    feeds: Readonly<Record<string, HostTensor>>,
  ) => Promise<Record<string, HostTensor>>;
  /** Bars relative to the largest element. */
  forward?: number;
  backward?: number;
}

/** Runs one row. */
export async function check(
  row: Row,
  { evaluate: run = evaluate, forward = FORWARD, backward = BACKWARD }: CheckOptions = {},
): Promise<void> {
  const rng = new Rng(`${row.op} ${row.case}`);
  const feeds: Record<string, HostTensor> = {};
  const inputs = row.inputs.map(({ shape, dtype, draw }, i): Input => {
    feeds[`x${i}`] = hostTensor(dtype, shape, draw(rng, sizeOf(shape)));
    return input(`x${i}`, shape, dtype);
  });
  const ys = list(row.graph(...inputs));
  expect(topological(ys).nodes.map((n) => n.op.name)).toContain(row.op);
  const host = inputs.map((x) => toNd(feeds[x.name] as HostTensor));
  const want = list(row.loop(...host));

  const outputs: Record<string, Tensor> = {};
  ys.forEach((y, j) => {
    outputs[`y${j}`] = y;
    // A named size is only known once it has run.
    const { shape } = want[j] as Nd;
    expect(y.shape, `y${j}: inferred shape`).toEqual(shape.map((d, axis) => (typeof y.shape[axis] === 'string' ? y.shape[axis] : d)));
  });
  // Every output element gets a weight of its own, so that each one matters to the gradient.
  const weights = want.map((w) => Float32Array.from(w.data, () => rng.normal()));
  const targets = inputs.filter((x) => x.dtype === 'float32');
  const differentiable = registry.get(row.op)?.vjp !== null && targets.length > 0 && ys.some((y) => y.dtype === 'float32');
  if (differentiable) {
    let loss: Tensor | undefined;
    ys.forEach((y, j) => {
      if (y.dtype !== 'float32') return;
      feeds[`w${j}`] = hostTensor('float32', (want[j] as Nd).shape, weights[j] as Float32Array);
      const part = sum(y.mul(input(`w${j}`, y.shape)));
      loss = loss ? loss.add(part) : part;
    });
    grad(loss as Tensor, targets).forEach((g, i) => {
      expect(g.shape, `gradient ${i}: inferred shape`).toEqual([...(targets[i] as Tensor).shape]);
      outputs[`d${(targets[i] as Input).name}`] = g;
    });
  }
  const got = await run(outputs, feeds);
  ys.forEach((y, j) => {
    expect((got[`y${j}`] as HostTensor).dtype).toBe(y.dtype);
    close(got[`y${j}`] as HostTensor, want[j] as Nd, forward, `y${j}`);
  });
  if (!differentiable) return;

  const scalar = (): number => {
    let value = 0;
    list(row.loop(...host)).forEach((y, j) => {
      if (ys[j]?.dtype !== 'float32') return;
      y.data.forEach((v, i) => {
        value += v * ((weights[j] as Float32Array)[i] as number);
      });
    });
    return value;
  };
  inputs.forEach((x, i) => {
    if (x.dtype !== 'float32') return;
    const { data, shape } = host[i] as Nd;
    const slope = data.map((v, k) => {
      data[k] = v + STEP;
      const up = scalar();
      data[k] = v - STEP;
      const down = scalar();
      data[k] = v;
      return (up - down) / (2 * STEP);
    });
    close(got[`d${x.name}`] as HostTensor, { shape, data: slope }, backward, `d${x.name}`);
  });
}

/**
 * Differentiates twice: d/dx of the first derivative along a random direction, against mixed differences of the loop.
 * The rules are written in the same ops, so this exercises the gradient of every gradient.
 */
export async function checkSecond(row: Row): Promise<void> {
  const rng = new Rng(`second ${row.op} ${row.case}`);
  const feeds: Record<string, HostTensor> = {};
  const inputs = row.inputs.map(({ shape, dtype, draw }, i): Input => {
    feeds[`x${i}`] = hostTensor(dtype, shape, draw(rng, sizeOf(shape)));
    return input(`x${i}`, shape, dtype);
  });
  const y = list(row.graph(...inputs))[0] as Tensor;
  const draw = (name: string, shape: readonly number[]): Tensor => {
    feeds[name] = hostTensor(
      'float32',
      shape,
      Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    );
    return input(name, shape);
  };
  const targets = inputs.filter((x) => x.dtype === 'float32');
  const loss = sum(y.mul(draw('w', y.shape as number[])));
  const slope = grad(loss, targets)
    .map((g, i) => sum(g.mul(draw(`u${i}`, (targets[i] as Input).shape as number[]))))
    .reduce((a, b) => a.add(b));
  const second = grad(slope, targets);
  const got = await evaluate(Object.fromEntries(second.map((g, i) => [`h${i}`, g])), feeds);

  const host = inputs.map((x) => toNd(feeds[x.name] as HostTensor));
  const base = host.map((x) => x.data.slice());
  const w = toNd(feeds.w as HostTensor).data;
  const along = targets.map((_, i) => toNd(feeds[`u${i}`] as HostTensor).data);
  const step = 1e-3;
  const value = (t: number, i: number, k: number, e: number): number => {
    host.forEach((x, j) => {
      const which = targets.indexOf(inputs[j] as Input);
      x.data.forEach((_, n) => {
        x.data[n] =
          ((base[j] as Float64Array)[n] as number) +
          (which < 0 ? 0 : t * ((along[which] as Float64Array)[n] as number)) +
          (which === i && n === k ? e : 0);
      });
    });
    return (list(row.loop(...host))[0] as Nd).data.reduce((s, v, n) => s + v * (w[n] as number), 0);
  };
  targets.forEach((x, i) => {
    const data = Float64Array.from(
      { length: sizeOf(x.shape as number[]) },
      (_, k) =>
        (value(step, i, k, step) - value(step, i, k, -step) - value(-step, i, k, step) + value(-step, i, k, -step)) / (4 * step * step),
    );
    close(got[`h${i}`] as HostTensor, { shape: x.shape as number[], data }, 1e-3, `second derivative for ${x.name}`);
  });
}
