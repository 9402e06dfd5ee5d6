// Rows of the op table: arithmetic, comparisons, choice, casts and activations.

import {
  abs,
  add,
  and,
  cast,
  clip,
  cos,
  detach,
  div,
  equal,
  erf,
  exp,
  floor,
  gelu,
  geluTanh,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  quickGelu,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
  where,
} from '../../src/graph/index.js';
import { bools, distinct, given, ids, nonzero, normal, positive, type Row, type Sample, whole } from './check.js';
import { elementwise, erf as erfOf, sigmoid as sigmoidOf } from './nd.js';

type Draw = (...shape: number[]) => Sample;
const SHAPES: readonly [string, number[], number[]][] = [
  ['same shape', [2, 3], [2, 3]],
  ['right operand broadcast', [2, 3, 4], [4]],
  ['left operand broadcast', [3, 1], [2, 3, 4]],
  ['both broadcast', [2, 1, 3], [4, 1]],
  ['scalar operand', [2, 3], []],
  ['two scalars', [], []],
];

function binary(op: string, graph: (a: Tensor, b: Tensor) => Tensor, f: (a: number, b: number) => number, a: Draw, b: Draw = a): Row[] {
  return SHAPES.map(([title, s, t]) => ({ op, case: title, inputs: [a(...s), b(...t)], graph, loop: elementwise(f) }));
}
function unary(op: string, graph: (x: Tensor) => Tensor, f: (x: number) => number, draw: Draw): Row[] {
  return [[2, 3], [], [1, 2, 1, 3]].map((s) => ({ op, case: `[${s.join(',')}]`, inputs: [draw(...s)], graph, loop: elementwise(f) }));
}
const truth =
  (f: (a: number, b: number) => boolean) =>
  (a: number, b: number): number =>
    f(a, b) ? 1 : 0;
/** Operands that never tie, so that the kink of max and min stays away. */
/** At least 0.2 from a half, where rounding jumps, and from a whole number. */
const between: Draw = (...shape) => ({
  ...distinct(...shape),
  draw: (rng, n) => Array.from({ length: n }, () => rng.int(9) - 4 + rng.pick([0.25, 0.75])),
});
const even: Draw = (...shape) => ({ ...distinct(...shape), draw: (rng, n) => Array.from({ length: n }, () => rng.int(9) * 0.5 - 2) });
const odd: Draw = (...shape) => ({ ...distinct(...shape), draw: (rng, n) => Array.from({ length: n }, () => rng.int(9) * 0.5 - 1.75) });
const halfEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const geluTanhOf = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

export const elementwiseRows: readonly Row[] = [
  ...binary('add', add, (a, b) => a + b, normal),
  ...binary('sub', sub, (a, b) => a - b, normal),
  ...binary('mul', mul, (a, b) => a * b, normal),
  ...binary('div', div, (a, b) => a / b, normal, nonzero),
  ...binary('pow', pow, (a, b) => a ** b, positive, normal),
  ...binary('maximum', maximum, Math.max, even, odd),
  ...binary('minimum', minimum, Math.min, even, odd),
  { op: 'add', case: 'number on the left', inputs: [normal(2, 3)], graph: (x) => add(2, x), loop: elementwise((x) => 2 + x) },
  { op: 'div', case: 'number on the left', inputs: [nonzero(2, 3)], graph: (x) => div(2, x), loop: elementwise((x) => 2 / x) },
  { op: 'mul', case: 'one tensor twice', inputs: [normal(3)], graph: square, loop: elementwise((x) => x * x) },
  {
    op: 'pow',
    case: 'whole exponent of negative numbers',
    inputs: [nonzero(5)],
    graph: (x) => pow(x, 3),
    loop: elementwise((x) => x ** 3),
  },

  ...unary('neg', neg, (x) => -x, normal),
  ...unary('abs', abs, Math.abs, nonzero),
  ...unary('sign', sign, Math.sign, nonzero),
  ...unary('detach', (x) => detach(round(x)), halfEven, between),
  ...unary('floor', floor, Math.floor, between),
  ...unary('round', round, halfEven, between),
  {
    op: 'round',
    case: 'halves go to even',
    inputs: [given([4], [0.5, 1.5, 2.5, -0.5])],
    graph: (x) => cast(round(x), 'int32'),
    loop: elementwise(halfEven),
  },
  ...unary('exp', exp, Math.exp, normal),
  ...unary('log', log, Math.log, positive),
  ...unary('sqrt', sqrt, Math.sqrt, positive),
  ...unary('reciprocal', reciprocal, (x) => 1 / x, nonzero),
  ...unary('sin', sin, Math.sin, normal),
  ...unary('cos', cos, Math.cos, normal),
  ...unary('tanh', tanh, Math.tanh, normal),
  ...unary('sigmoid', sigmoid, sigmoidOf, normal),
  ...unary('erf', erf, erfOf, normal),
  ...unary('softplus', softplus, (x) => Math.log1p(Math.exp(x)), normal),
  ...unary('relu', relu, (x) => Math.max(x, 0), nonzero),
  ...unary('silu', silu, (x) => x * sigmoidOf(x), normal),
  ...unary('quickGelu', quickGelu, (x) => x * sigmoidOf(1.702 * x), normal),
  ...unary('gelu', gelu, (x) => 0.5 * x * (1 + erfOf(x * Math.SQRT1_2)), normal),
  ...unary('geluTanh', geluTanh, geluTanhOf, normal),
  { op: 'silu', case: 'far from zero', inputs: [given([4], [-60, -20, 20, 60])], graph: silu, loop: elementwise((x) => x * sigmoidOf(x)) },
  {
    op: 'clip',
    case: 'both bounds',
    inputs: [distinct(3, 4)],
    graph: (x) => clip(x, -0.6, 0.8),
    loop: elementwise((x) => Math.min(Math.max(x, -0.6), 0.8)),
  },
  { op: 'clip', case: 'lower bound alone', inputs: [distinct(3, 4)], graph: (x) => clip(x, 0), loop: elementwise((x) => Math.max(x, 0)) },
  {
    op: 'clip',
    case: 'upper bound alone',
    inputs: [distinct(12)],
    graph: (x) => x.clip(undefined, 0),
    loop: elementwise((x) => Math.min(x, 0)),
  },

  ...binary(
    'equal',
    equal,
    truth((a, b) => a === b),
    whole,
  ),
  ...binary(
    'less',
    less,
    truth((a, b) => a < b),
    whole,
  ),
  ...binary(
    'greater',
    greater,
    truth((a, b) => a > b),
    whole,
  ),
  ...binary(
    'lessEqual',
    lessEqual,
    truth((a, b) => a <= b),
    whole,
  ),
  ...binary(
    'greaterEqual',
    greaterEqual,
    truth((a, b) => a >= b),
    whole,
  ),
  ...binary(
    'and',
    and,
    truth((a, b) => Boolean(a && b)),
    bools,
  ),
  ...binary(
    'or',
    or,
    truth((a, b) => Boolean(a || b)),
    bools,
  ),
  // Of one kernel: what is kept for the first must not be used for the others.
  ...[
    { op: 'and', graph: and, loop: truth((a, b) => Boolean(a && b)) },
    { op: 'or', graph: or, loop: truth((a, b) => Boolean(a || b)) },
  ].flatMap(({ op, graph, loop }) =>
    (
      [
        ['rows with a row', [3, 8], [1, 8]],
        ['rows with a column', [3, 8], [3, 1]],
        ['a column with a row', [3, 1], [1, 8]],
      ] as const
    ).map(([name, a, b]) => ({ op, case: name, inputs: [bools(...a), bools(...b)], graph, loop: elementwise(loop) })),
  ),
  ...unary('not', not, (a) => 1 - a, bools),
  {
    op: 'equal',
    case: 'ids with a number',
    inputs: [ids(3, 2, 4)],
    graph: (x) => equal(x, 1),
    loop: elementwise((x) => (x === 1 ? 1 : 0)),
  },
  {
    op: 'where',
    case: 'same shapes',
    inputs: [bools(2, 3), normal(2, 3), normal(2, 3)],
    graph: where,
    loop: elementwise((c, a, b) => (c ? a : b)),
  },
  {
    op: 'where',
    case: 'all three broadcast',
    inputs: [bools(2, 1, 1), normal(3, 1), normal(4)],
    graph: where,
    loop: elementwise((c, a, b) => (c ? a : b)),
  },
  {
    op: 'where',
    case: 'a number as one side',
    inputs: [bools(2, 3), normal(2, 3)],
    graph: (c, x) => where(c, -3, x),
    loop: elementwise((c, x) => (c ? -3 : x)),
  },
  { op: 'cast', case: 'ids to float', inputs: [ids(9, 2, 3)], graph: (x) => cast(x, 'float32'), loop: elementwise((x) => x) },
  { op: 'cast', case: 'float to int32 and back', inputs: [distinct(7)], graph: (x) => cast(x, 'int32'), loop: elementwise(Math.trunc) },
  {
    op: 'cast',
    case: 'through float64',
    inputs: [normal(7)],
    graph: (x) => cast(cast(x, 'float64').mul(3), 'float32'),
    loop: elementwise((x) => 3 * x),
  },
];
