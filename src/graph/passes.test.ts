// Graph passes: each rewrite changes the nodes as promised and leaves the numbers alone; equal nodes merge, unequal ones do not.

import { describe, expect, test } from 'vitest';
import { evaluate } from '../../test/graph/evaluate.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import {
  clip,
  constant,
  cumSum,
  div,
  exp,
  expand,
  grad,
  input,
  lower,
  matMul,
  mean,
  mul,
  neg,
  pad,
  type Rewrite,
  sum,
  type Tensor,
  topK,
  trainingRewrites,
  transpose,
} from './index.js';

const rng = new Rng('passes');
const feed = (...shape: number[]): HostTensor =>
  hostTensor(
    'float32',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
  );
const numbers = (t: HostTensor | undefined): number[] => Array.from((t as HostTensor).data as Float32Array);
const opTypes = (y: Tensor, rewrites: readonly Rewrite[] = trainingRewrites): string[] =>
  lower({ y }, { rewrites }).model.nodes.map((n) => n.opType);
const rule = (name: string): Rewrite => {
  const found = trainingRewrites.find((r) => r.name === name);
  if (!found) throw new Error(`no rewrite '${name}'`);
  return found;
};

const a = input('a', [2, 3]);
const b = input('b', [3, 4]);
const c = input('c', [4, 3]);
const batch = input('batch', [2, 3, 3]);
const s = input('s', []);
const row = input('row', [1, 3]);
// Many rows: what the gradient of a weight multiplies. Small values, so that long sums keep five digits.
const narrow = input('narrow', [512, 64]);
const wide = input('wide', [512, 384]);
const small = (t: HostTensor): HostTensor => ({ ...t, data: (t.data as Float32Array).map((v) => v / 20) }) as HostTensor;
const feeds = {
  a: feed(2, 3),
  b: feed(3, 4),
  c: feed(4, 3),
  batch: feed(2, 3, 3),
  s: feed(),
  row: feed(1, 3),
  narrow: small(feed(512, 64)),
  wide: small(feed(512, 384)),
};

/** Runs with ONNX Runtime's own optimiser off, so that only our rewrite differs. */
async function same(y: Tensor, rewrites: readonly Rewrite[]): Promise<void> {
  const [plain, changed] = [
    await evaluate({ y }, feeds, { rewrites: [], optimize: 'disabled' }),
    await evaluate({ y }, feeds, { rewrites, optimize: 'disabled' }),
  ];
  expect(changed.y?.shape).toEqual(plain.y?.shape);
  expect(changed.y?.shape).toEqual([...y.shape]);
  const got = numbers(changed.y);
  expect(numbers(plain.y).reduce((worst, v, i) => Math.max(worst, Math.abs(v - (got[i] as number))), 0)).toBeLessThan(5e-6);
}

describe('rewrites keep the numbers', () => {
  // name of the rule, what it looks at, the graph, the ops that must be left
  const cases: [string, string, Tensor, string[]][] = [
    ['identities', 'x*1', exp(a).mul(1), ['Exp']],
    ['identities', '1*x', mul(1, exp(a)), ['Exp']],
    ['identities', 'x+0-0', exp(a).add(0).sub(0), ['Exp']],
    ['identities', 'x/1', exp(a).div(1), ['Exp']],
    ['identities', '--x', neg(neg(exp(a))), ['Exp']],
    ['identities', 'a one that broadcasts stays', exp(s).mul(constant(hostTensor('float32', [1, 1], [1]))), ['Mul', 'Exp']],
    ['lazyExpand', 'right operand', exp(a).mul(expand(row, [2, 3])), ['Exp', 'Mul']],
    ['lazyExpand', 'left operand', expand(s, [2, 3]).sub(exp(a)), ['Exp', 'Sub']],
    ['lazyExpand', 'both operands keep one full', expand(s, [2, 3]).div(expand(row, [2, 3])), ['Expand', 'Div']],
    ['lazyExpand', 'both operands, neither full: stays', expand(s, [1, 3]).add(expand(row, [2, 3])), ['Expand', 'Expand', 'Add']],
    ['lazyExpand', 'an expanded operand that is itself broadcast: stays', expand(s, [3]).mul(exp(a)), ['Exp', 'Mul']],
    ['transposeNarrower', 'the wide one on the left', matMul(transpose(wide), narrow), ['Transpose', 'MatMul', 'Transpose']],
    ['transposeNarrower', 'already the narrow one: stays', matMul(transpose(narrow), wide), ['Transpose', 'MatMul']],
    ['transposeNarrower', 'few rows: stay', matMul(transpose(a), a), ['Transpose', 'MatMul']],
    ['absorbTransposes', 'many rows: the transpose stays', matMul(transpose(narrow), wide), ['Transpose', 'MatMul']],
    ['absorbTransposes', 'right', matMul(a, transpose(c)), ['FusedMatMul']],
    ['absorbTransposes', 'left', matMul(transpose(a), a), ['FusedMatMul']],
    ['absorbTransposes', 'both', matMul(transpose(b), transpose(a)), ['FusedMatMul']],
    ['absorbTransposes', 'batched on the left', matMul(transpose(batch), b), ['FusedMatMul']],
    ['absorbTransposes', 'batched on the right', matMul(a, transpose(batch)), ['FusedMatMul']],
    [
      'absorbTransposes',
      'another permutation stays',
      matMul(batch, transpose(batch, [1, 0, 2]).reshape([2, 3, 3])),
      ['MatMul', 'Reshape', 'Transpose'],
    ],
    ['transposedProduct', '(ab)ᵀ', transpose(matMul(a, b)), ['FusedMatMul']],
    [
      'transposedProduct',
      'of many rows with a transpose of its own: stays',
      transpose(matMul(transpose(narrow), wide)),
      ['Transpose', 'MatMul', 'Transpose'],
    ],
    ['transposedProduct', 'unequal ranks stay', transpose(matMul(batch, b)), ['MatMul', 'Transpose']],
    ['absorbScale', 'number behind', matMul(a, b).mul(0.5), ['FusedMatMul']],
    ['absorbScale', 'number in front', mul(-2, matMul(batch, b)), ['FusedMatMul']],
    ['absorbScale', 'a scale of higher rank stays', matMul(a, b).mul(constant(hostTensor('float32', [1, 1, 1], [3]))), ['MatMul', 'Mul']],
  ];
  test.each(cases)('%s: %s', async (name, _, y, left) => {
    expect(opTypes(y, [rule(name)]).sort()).toEqual([...left].sort());
    await same(y, [rule(name)]);
  });
  test('every rewrite has a case', () => {
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(trainingRewrites.map((r) => r.name)));
  });
});

describe('together', () => {
  const cases: [string, Tensor, string[]][] = [
    ['a scaled product of transposes, transposed', transpose(matMul(transpose(b), transpose(a))).mul(3), ['FusedMatMul']],
    ['two transposes cancel', transpose(matMul(transpose(b), transpose(a))), ['MatMul']],
    ['scales multiply', matMul(a, b).mul(2).mul(3), ['FusedMatMul']],
    ['an expanded one', exp(a).mul(expand(constant(1), [2, 3])), ['Exp']],
    ['the gradient of a wide weight', matMul(transpose(wide), narrow), ['Transpose', 'MatMul', 'Transpose']],
    ['an expanded zero', expand(constant(0), [2, 3]).add(exp(a)), ['Exp']],
  ];
  test.each(cases)('%s', async (_, y, left) => {
    expect(opTypes(y)).toEqual(left);
    await same(y, trainingRewrites);
  });
  test('products that transpose the same input share the transpose', async () => {
    const y = matMul(transpose(wide), narrow).add(matMul(transpose(wide), narrow.mul(narrow)));
    expect(opTypes(y).filter((t) => t === 'Transpose')).toHaveLength(4);
    const z = matMul(transpose(narrow), wide).add(matMul(transpose(narrow), wide.mul(wide)));
    expect(opTypes(z).filter((t) => t === 'Transpose')).toHaveLength(1);
    const both = matMul(transpose(wide), wide.mul(wide)).add(matMul(transpose(exp(wide)), wide.mul(wide)));
    expect(opTypes(both).filter((t) => t === 'Transpose')).toHaveLength(3); // one of the shared input, two of the results
    for (const t of [y, z, both]) await same(t, trainingRewrites);
  });
  test('a product that something else uses too is not computed twice', async () => {
    const p = matMul(a, b);
    const y = sum(p).add(sum(transpose(p).mul(2)));
    expect(opTypes(y).filter((t) => t.includes('MatMul'))).toHaveLength(1);
    await same(y, trainingRewrites);
  });
  test('a whole gradient', async () => {
    const loss = mean(matMul(matMul(a, b).mul(0.5).softmax(), c).square());
    for (const g of grad(loss, [a, b, c])) await same(g, trainingRewrites);
  });
  test('the gradient of a linear layer needs no transposes', () => {
    const [dx, dw] = grad(sum(matMul(batch, transpose(c)).square()), [batch, c]) as [Tensor, Tensor];
    for (const g of [dx, dw]) expect(opTypes(g)).not.toContain('Transpose');
  });
});

describe('common subexpressions', () => {
  test('equal nodes merge, through the gradient as well', () => {
    expect(opTypes(exp(a).add(exp(a)))).toEqual(['Exp', 'Add']);
    expect(opTypes(exp(a).mul(2).add(exp(a).mul(2)))).toEqual(['Exp', 'Mul', 'Add']);
  });
  test('attributes keep nodes apart', async () => {
    expect(opTypes(cumSum(a, 0).add(cumSum(a, 1))).filter((t) => t === 'CumSum')).toHaveLength(2);
    expect(opTypes(cumSum(a, 0).add(cumSum(a, 0, true))).filter((t) => t === 'CumSum')).toHaveLength(2);
    expect(opTypes(clip(a, 0).add(clip(a, Number.NEGATIVE_INFINITY, 0))).filter((t) => t === 'Clip')).toHaveLength(2);
    expect(opTypes(matMul(a, b).mul(2).add(matMul(a, b).mul(3))).filter((t) => t.includes('MatMul'))).toHaveLength(1);
    const got = await evaluate({ y: div(1, pad(s.reshape([1]), [[0, 1]], -0)).add(div(1, pad(s.reshape([1]), [[0, 1]], 0))) }, feeds);
    expect(numbers(got.y)[1]).toBeNaN(); // -∞ + ∞: the two paddings are not the same
  });
  test('constants that differ in sign of zero or in dtype stay apart', async () => {
    const y = await evaluate({ plus: div(exp(a), 0), minus: div(exp(a), -0) }, feeds, { optimize: 'disabled' });
    expect(numbers(y.plus)).toEqual(new Array(6).fill(Number.POSITIVE_INFINITY));
    expect(numbers(y.minus)).toEqual(new Array(6).fill(Number.NEGATIVE_INFINITY));
    const i = input('i', [2], 'int64');
    const { model } = lower({ x: i.equal(1), y: a.equal(1) });
    expect(model.nodes).toHaveLength(2);
    expect(model.initializers.map((t) => t.dtype).sort()).toEqual(['float32', 'int64']);
  });
  test('the second outputs of merged nodes are merged with them', async () => {
    const [p, q] = [topK(a, 2), topK(a, 2)];
    const y = p.values.add(q.indices.cast('float32'));
    expect(opTypes(y).filter((t) => t === 'TopK')).toHaveLength(1);
    await same(y, trainingRewrites);
  });
});

test('dead nodes never arrive', () => {
  const y = exp(a);
  exp(y);
  neg(matMul(y, b));
  const { model } = lower({ y });
  expect(model.nodes.map((n) => n.opType)).toEqual(['Exp']);
  expect(model.inputs.map((x) => x.name)).toEqual(['a']);
});
