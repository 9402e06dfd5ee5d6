// The reverse walk: second derivatives, targets of every kind, unused outputs, determinism, and what it refuses.

import { describe, expect, test } from 'vitest';
import { checkSecond } from '../../test/graph/check.js';
import { evaluate, evaluator } from '../../test/graph/evaluate.js';
import { rows } from '../../test/graph/rows.js';
import { normals } from '../../test/graph/tensors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import {
  argMax,
  attention,
  cachedAttention,
  cast,
  causalMask,
  concat,
  constant,
  defineOp,
  exp,
  gather,
  grad,
  input,
  maxPool,
  mean,
  mul,
  rotaryTable,
  split,
  sum,
  type Tensor,
  topological,
  withScope,
} from './index.js';

const f32 = (shape: readonly number[], values: readonly number[]): HostTensor => hostTensor('float32', shape, values);
const numbers = (t: HostTensor | undefined): number[] => Array.from((t as HostTensor).data as Float32Array);
const noise = (seed: string, ...shape: number[]): HostTensor => normals(seed)(...shape);

describe('second derivatives', () => {
  const cases: [string, string][] = [
    ['mul', 'both broadcast'],
    ['div', 'right operand broadcast'],
    ['pow', 'same shape'],
    ['exp', '[2,3]'],
    ['log', '[2,3]'],
    ['sqrt', '[2,3]'],
    ['tanh', '[2,3]'],
    ['sigmoid', '[2,3]'],
    ['erf', '[2,3]'],
    ['softplus', '[2,3]'],
    ['silu', '[2,3]'],
    ['quickGelu', '[2,3]'],
    ['gelu', '[2,3]'],
    ['geluTanh', '[2,3]'],
    ['matMul', 'shared matrix on the right'],
    ['matMul', 'weight stored [out, in]'],
    ['sumSquare', 'last'],
    ['max', 'logSumExp'],
    ['softmax', 'rows'],
    ['logSoftmax', 'rows'],
    ['crossEntropy', 'rows'],
    ['attention', 'plain'],
    ['attention', 'learned bias, broadcast over the batch'],
    ['layerNorm', 'rows'],
    ['rmsNorm', 'rows'],
    ['conv', '2-D, groups'],
    ['conv', '2-D, dilation and stride'],
    ['convTranspose', '2-D, stride and padding'],
    ['gather', 'duplicate ids'],
    ['slice', 'step that leaves a rest'],
  ];
  test.each(cases)('%s: %s', async (op, title) => {
    const row = rows.find((r) => r.op === op && r.case === title);
    expect(row, 'the row exists').toBeDefined();
    await checkSecond(row as (typeof rows)[number]);
  });
});

describe('targets', () => {
  const x = input('x', [2, 3]);
  const feeds = { x: f32([2, 3], [1, 2, 3, 4, 5, 6]) };
  test('the loss itself, an inner value, a leaf used twice, and a leaf that is not used', async () => {
    const inner = x.mul(2);
    const loss = sum(inner.mul(inner).add(x));
    const [dLoss, dInner, dx, dz] = grad(loss, [loss, inner, x, input('z', [4])]) as [Tensor, Tensor, Tensor, Tensor];
    const got = await evaluate({ dLoss, dInner, dx, dz }, feeds);
    expect(numbers(got.dLoss)).toEqual([1]);
    expect(numbers(got.dInner)).toEqual([4, 8, 12, 16, 20, 24]);
    expect(numbers(got.dx)).toEqual([9, 17, 25, 33, 41, 49]);
    expect(numbers(got.dz)).toEqual([0, 0, 0, 0]);
  });
  test('one target gives one tensor, a list gives a list', () => {
    expect(grad(sum(x), x).shape).toEqual([2, 3]);
    expect(grad(sum(x), [x])).toHaveLength(1);
  });
  test('a loss of shape [1,1] is a scalar too', async () => {
    const got = await evaluate({ dx: grad(sum(x, undefined, true), x) }, feeds);
    expect(numbers(got.dx)).toEqual([1, 1, 1, 1, 1, 1]);
  });
  test('float64 stays float64', async () => {
    const d = input('d', [2], 'float64');
    const dx = grad(sum(mul(d, d).max(0)), d);
    expect(dx.dtype).toBe('float64');
    const got = await evaluate({ dx }, { d: hostTensor('float64', [2], [3, 1 / 3]) });
    expect(numbers(got.dx)).toEqual([6, 0]);
  });
  test('the gradient through a cast comes back in the dtype of the input', async () => {
    const got = await evaluate({ dx: grad(cast(sum(cast(x, 'float64').mul(3)), 'float32'), x) }, feeds);
    expect(got.dx?.dtype).toBe('float32');
    expect(numbers(got.dx)).toEqual([3, 3, 3, 3, 3, 3]);
  });
  test('nodes of the gradient carry the module path of what they differentiate', () => {
    const y = withScope('layers.1.mlp', () => exp(x));
    expect(topological([grad(sum(y), x)]).nodes.map((n) => n.path)).toContain('grad.layers.1.mlp');
  });
});

describe('outputs that nothing uses', () => {
  test('an unused piece of split gets zeros even where the piece is infinite', async () => {
    const x = input('x', [4]);
    const [a] = split(x, [1, 3], 0) as [Tensor];
    const got = await evaluate({ dx: grad(sum(a.mul(5)), x) }, { x: f32([4], [1, Number.NEGATIVE_INFINITY, Number.NaN, 2]) });
    expect(numbers(got.dx)).toEqual([5, 0, 0, 0]);
  });
  test('ties of max share, overlapping windows of maxPool add up', async () => {
    const x = input('x', [1, 1, 3]);
    const got = await evaluate(
      { max: grad(sum(x.max()), x), pool: grad(sum(maxPool(x, 2, { stride: 1 })), x) },
      { x: f32([1, 1, 3], [1, 7, 1]) },
    );
    expect(numbers(got.max)).toEqual([0, 1, 0]);
    expect(numbers(got.pool)).toEqual([0, 2, 0]);
    const tied = await evaluate({ max: grad(sum(x.max()), x) }, { x: f32([1, 1, 3], [7, 7, 1]) });
    expect(numbers(tied.max)).toEqual([0.5, 0.5, 0]);
  });
  test('nothing is computed for inputs that are no targets', () => {
    const [x, w] = [input('x', [2, 3]), input('w', [3, 4])];
    const loss = sum(x.matMul(w).square());
    expect(topological([grad(loss, w)]).nodes.filter((n) => n.op.name === 'matMul')).toHaveLength(2);
  });
});

test('the same program gives the same bytes, with duplicate ids and two threads', async () => {
  const [few, many] = [input('few', [50, 8]), input('many', [5000, 8])];
  const ids = input('ids', [600], 'int64');
  const labels = input('labels', [600], 'int64');
  const x = gather(few, ids).add(gather(many, ids));
  const heads = x.reshape([1, 600, 2, 4]).transpose([0, 2, 1, 3]);
  const mixed = attention(heads, heads, heads, { mask: causalMask(600) })
    .transpose([0, 2, 1, 3])
    .reshape([600, 8]);
  const loss = mean(
    mixed
      .logSoftmax()
      .gatherElements(labels.reshape([600, 1]))
      .neg(),
  );
  const [dFew, dMany] = grad(loss, [few, many]) as [Tensor, Tensor];
  const rng = new Rng(5);
  const draw = (n: number): HostTensor =>
    hostTensor(
      'int64',
      [600],
      Array.from({ length: 600 }, () => rng.int(n)),
    );
  const feeds = { few: noise('few', 50, 8), many: noise('many', 5000, 8), ids: draw(50), labels: draw(8) };
  const program = await evaluator({ loss, dFew, dMany }, { threads: 2 });
  const first = await program.run(feeds);
  for (let i = 0; i < 3; i++) {
    const again = await program.run(feeds);
    for (const name of ['loss', 'dFew', 'dMany']) expect(Buffer.compare(bytes(first[name]), bytes(again[name])), name).toBe(0);
  }
  await program.dispose();
  // The two ways of adding rows agree.
  const [a, b] = [numbers(first.dFew), numbers(first.dMany)];
  a.forEach((v, i) => void expect(b[i]).toBeCloseTo(v, 5));
});
const bytes = (t: HostTensor | undefined): Uint8Array =>
  new Uint8Array((t as HostTensor).data.buffer, (t as HostTensor).data.byteOffset, (t as HostTensor).data.byteLength);

describe('what it refuses', () => {
  const x = input('x', [2, 3]);
  test('a loss that is no scalar', () => {
    expect(() => grad(x.mul(2), x)).toThrow(/the loss must be a scalar: expected \[\], got \[2,3\].*mean\(\)/);
  });
  test('a loss of integers', () => {
    expect(() => grad(argMax(x.reshape([6])), x)).toThrow(/the loss must be a float tensor/);
  });
  test('an inference-only op on the way, by name and path', () => {
    const q = input('q', [1, 1, 32]);
    const cache = (name: string): Tensor => input(name, [1, 1, 4, 16]);
    const total = constant(hostTensor('int32', [], [1]));
    const { out } = withScope('layers.0.self_attn', () =>
      cachedAttention(
        {
          q,
          k: input('k', [1, 1, 16]),
          v: input('v', [1, 1, 16]),
          pastKey: cache('pk'),
          pastValue: cache('pv'),
          lengths: input('n', [1], 'int32'),
          total,
        },
        rotaryTable(4, 16),
        { heads: 2, kvHeads: 1, scale: 1 },
      ),
    );
    expect(() => grad(sum(out), q)).toThrow(/'cachedAttention' has no gradient \(in layers\.0\.self_attn\).*inference-only/);
  });
  test('integer ops on the way stop the gradient in silence', async () => {
    const loss = sum(concat([cast(argMax(x), 'float32'), sum(x, 1)], 0));
    const got = await evaluate({ dx: grad(loss, x) }, { x: f32([2, 3], [1, 2, 3, 4, 5, 6]) });
    expect(numbers(got.dx)).toEqual([1, 1, 1, 1, 1, 1]);
  });
  test('a row without a gradient rule does not type-check', () => {
    const neverCalled = (): unknown =>
      // @ts-expect-error `vjp` is missing: every op states its gradient, or null
      defineOp({
        name: 'unfinished',
        infer: ([t]) => [{ shape: (t as Tensor).shape, dtype: 'float32' }],
        emit: (e, xs) => [e.op('Exp', xs)],
      });
    expect(neverCalled).toBeTypeOf('function');
  });
});
