// Lowering: readable names, fed and frozen parameters, outputs of every kind, and named dimensions at several sizes in one model.

import { describe, expect, test } from 'vitest';
import { evaluate, evaluator } from '../../test/graph/evaluate.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import {
  attention,
  concat,
  constant,
  crossEntropy,
  exp,
  expand,
  gather,
  input,
  lower,
  Parameter,
  rmsNorm,
  split,
  sum,
  sumTo,
  Tensor,
  tensorBytes,
  topK,
  withScope,
  zeros,
} from './index.js';

const ramp = (...shape: number[]): HostTensor =>
  hostTensor(
    'float32',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7) - 3),
  );
const numbers = (t: HostTensor | undefined): number[] => Array.from((t as HostTensor).data as Float32Array);
const parameter = (name: string, dims: number[]): Parameter => {
  const p = new Parameter(dims, () => {});
  p.name = name;
  return p;
};

describe('names', () => {
  const x = input('x', [2, 3]);
  test('nodes carry module path and op; outputs keep the names they were given', () => {
    const y = withScope('language.layers.3.mlp', () => exp(exp(x)));
    const { model } = lower({ y, z: exp(y) });
    expect(model.nodes.map((n) => n.name)).toEqual(['language.layers.3.mlp.exp', 'language.layers.3.mlp.exp_1', 'exp']);
    expect(model.nodes.map((n) => n.outputs[0])).toEqual(['language.layers.3.mlp.exp', 'y', 'z']);
    expect(model.outputs.map((o) => o.name)).toEqual(['y', 'z']);
  });
  test('names never clash, not even with an input called like a node or a constant', async () => {
    const [e, c] = [input('exp', [2]), input('const_float32_2', [2])];
    const got = await evaluate({ y: exp(e).mul(2).add(c.mul(2)) }, { exp: ramp(2), const_float32_2: ramp(2) });
    expect(numbers(got.y)[0]).toBeCloseTo(2 * Math.exp(-3) - 6, 5);
  });
  test('one tensor as two outputs, a leaf and a constant as outputs, two outputs of one node', async () => {
    const y = exp(x);
    const { values, indices } = topK(x, 1);
    const got = await evaluate({ y, again: y, leaf: x, two: constant(2), values, indices }, { x: ramp(2, 3) });
    expect(numbers(got.again)).toEqual(numbers(got.y));
    expect(numbers(got.leaf)).toEqual(numbers(ramp(2, 3)));
    expect(numbers(got.two)).toEqual([2]);
    expect(numbers(got.values)).toEqual([-1, 2]);
    expect(Array.from(got.indices?.data as BigInt64Array)).toEqual([2n, 2n]);
  });
  test('equal small constants are one initializer', () => {
    const { model } = lower({ y: exp(x).mul(3).add(exp(x).add(3)) });
    expect(model.initializers).toHaveLength(1);
  });
  test('two leaves of one name are refused, and so is a parameter without one', () => {
    expect(() => lower({ y: x.add(input('x', [2, 3])) })).toThrow(/two leaves or outputs are both called 'x'/);
    expect(() => lower({ x: exp(x) })).toThrow(/both called 'x'/);
    expect(() => lower({ y: x.add(input('x', [2, 3])) })).toThrow(
      expect.objectContaining({ code: 'graph.name', hint: expect.stringContaining("input('x'") }),
    );
  });
  test('tells a tensor of another copy of the library', () => {
    // Its classes are not ours: all that is left is a tensor with a name.
    const stranger = Object.assign(new Tensor({ shape: [2, 3], dtype: 'float32' }), { name: 'theirs' });
    expect(() => lower({ y: exp(stranger) })).toThrow(expect.objectContaining({ code: 'graph.leaf', place: 'theirs' }));
    expect(() => lower({ y: x.add(new Parameter([3], () => {})) })).toThrow(/a parameter has no name.*nameParameters\(\)/);
  });
});

describe('parameters', () => {
  const [w, b] = [parameter('w', [3, 2]), parameter('b', [2])];
  const y = input('x', [4, 3]).matMul(w).add(b);
  test('all are fed unless the caller chooses; the others are initializers without data', () => {
    expect([...lower({ y }).fed.keys()]).toEqual(['w', 'b']);
    const { fed, frozen, model } = lower({ y }, { fed: new Set([b]) });
    expect([...fed.keys()]).toEqual(['b']);
    expect([...frozen.keys()]).toEqual(['w']);
    expect(model.initializers.find((t) => t.name === 'w')?.external).toEqual({ location: 'weights', offset: 0, length: 24 });
    expect(model.inputs.map((i) => i.name).sort()).toEqual(['b', 'x']);
  });
  test('parameters that nothing uses are neither', () => {
    parameter('unused', [9]);
    expect(lower({ y }).fed.size).toBe(2);
  });
});

describe('named dimensions: one model, two sizes', () => {
  const ids = input('ids', ['batch', 'seq'], 'int64');
  const idFeed = (b: number, n: number): HostTensor =>
    hostTensor(
      'int64',
      [b, n],
      Array.from({ length: b * n }, (_, i) => i % 5),
    );

  test('a decoder step: gather, norm, matMul, heads, attention, loss', async () => {
    const [table, norm, w] = [input('table', [5, 8]), input('norm', [8]), input('w', [8, 24])];
    const x = rmsNorm(gather(table, ids), norm);
    const heads = split(x.matMul(w).reshape(['batch', 'seq', 3, 2, 4]).transpose([2, 0, 3, 1, 4]), [1, 1, 1], 0).map((t) => t.squeeze(0));
    const [q, k, v] = heads as [typeof x, typeof x, typeof x];
    const y = attention(q, k, v).transpose([0, 2, 1, 3]).reshape(['batch', 'seq', 8]);
    expect(y.shape).toEqual(['batch', 'seq', 8]);
    const flat = y.reshape([-1, 8]);
    expect(flat.shape).toEqual(['batch*seq', 8]);
    const loss = crossEntropy(flat.matMul(table.transpose()), ids.reshape([-1])).reshape(['batch', 'seq']);
    const program = await evaluator({ y, loss });
    const weights = { table: ramp(5, 8), norm: ramp(8), w: ramp(8, 24) };
    const one = await program.run({ ...weights, ids: idFeed(1, 3) });
    const many = await program.run({ ...weights, ids: hostTensor('int64', [3, 3], [0, 1, 2, 0, 1, 2, 0, 1, 2]) });
    await program.dispose();
    expect(one.loss?.shape).toEqual([1, 3]);
    expect(many.y?.shape).toEqual([3, 3, 8]);
    for (let row = 0; row < 3; row++) numbers(one.y).forEach((v, i) => void expect(numbers(many.y)[row * 24 + i]).toBeCloseTo(v, 5));
    const fixed = await evaluate(
      { loss: crossEntropy(input('y', [9, 8]).matMul(table.transpose()), input('t', [9], 'int64')) },
      { y: hostTensor('float32', [9, 8], numbers(many.y)), t: hostTensor('int64', [9], [0, 1, 2, 0, 1, 2, 0, 1, 2]), table: weights.table },
    );
    numbers(fixed.loss).forEach((v, i) => void expect(numbers(many.loss)[i]).toBeCloseTo(v, 4));
  });

  test('expand, sumTo, products and zeros of names', async () => {
    const x = input('x', ['batch', 1, 2]);
    const wide = expand(x, ['batch', 'seq', 2]);
    const outputs = {
      wide,
      back: sumTo(wide, ['batch', 1, 2]),
      flat: wide.reshape(['2*batch*seq']),
      none: zeros(['seq', 'batch*seq']).add(sum(x)),
      n: ids,
    };
    const program = await evaluator(outputs);
    for (const [b, n] of [
      [1, 4],
      [3, 2],
    ] as const) {
      const got = await program.run({ x: ramp(b, 1, 2), ids: idFeed(b, n) });
      expect(got.wide?.shape).toEqual([b, n, 2]);
      expect(numbers(got.back)).toEqual(numbers(ramp(b, 1, 2)).map((v) => v * n));
      expect(got.flat?.shape).toEqual([2 * b * n]);
      expect(got.none?.shape).toEqual([n, b * n]);
    }
    await program.dispose();
  });

  test('joined axes: the sum of two names can be shaped again', async () => {
    const [past, now] = [input('past', ['batch', 'past', 4]), input('now', ['batch', 'seq', 4])];
    const all = concat([past, now, now], 1);
    expect(all.shape).toEqual(['batch', '((past+seq)+seq)', 4]);
    const y = expand(all.reshape([-1, 2, 2]).unsqueeze(0), [3, ...all.reshape([-1, 2, 2]).shape]);
    const got = await evaluate({ y }, { past: ramp(2, 3, 4), now: ramp(2, 1, 4) });
    expect(got.y?.shape).toEqual([3, 10, 2, 2]);
  });

  test('an axis that is itself called a product', async () => {
    const x = input('x', ['batch*seq', 2]);
    const got = await evaluate({ y: expand(x.unsqueeze(0), [3, 'batch*seq', 2]) }, { x: ramp(4, 2) });
    expect(got.y?.shape).toEqual([3, 4, 2]);
  });

  test('a name that no input has, a size that must be fixed, and names that differ', () => {
    const x = input('x', ['batch', 3]);
    expect(() => lower({ y: expand(constant(1), ['rows', 2]) })).toThrow(/no input has the named dimension 'rows'/);
    expect(() => x.size(0)).toThrow(/axis 0 must have a fixed size here: expected a number, got the named dimension 'batch'/);
    expect(() => x.add(input('y', ['seq', 3]))).toThrow(/cannot broadcast \[batch,3\] with \[seq,3\]: batch and seq differ/);
    expect(() => x.reshape(['seq', 3])).toThrow(/reshape: cannot view \[batch,3\] as \[seq,3\]/);
    expect(() => x.reshape([-1, 2])).toThrow(/reshape: cannot view \[batch,3\] as \[-1,2\]: 3 is not a multiple of 2/);
  });
});

test('tensorBytes counts fixed axes', () => {
  expect(tensorBytes(input('x', [2, 3]))).toBe(24);
  expect(tensorBytes(input('i', ['batch', 3], 'int64'))).toBe(24);
});

test('large constants stay outside the model where the runtime supplies them', () => {
  const table = { dtype: 'float32', shape: [64], data: new Float32Array(64).fill(3) } as const;
  const y = input('x', [64]).add(constant(table));
  const inside = lower({ y });
  expect(inside.shared.size).toBe(0);
  const outside = lower({ y }, { shareFrom: 256 });
  const [[name, value] = []] = [...outside.shared];
  expect(value).toBe(table);
  expect(outside.model.initializers).toEqual([
    { name, dtype: 'float32', dims: [64], external: { location: 'weights', offset: 0, length: 256 } },
  ]);
  expect(outside.bytes.length).toBeLessThan(inside.bytes.length);
  expect(lower({ y }, { shareFrom: 257 }).shared.size).toBe(0);
});
