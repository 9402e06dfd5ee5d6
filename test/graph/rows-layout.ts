// Rows of the op table: ops that move elements (reshape, transpose, expand, concat, split, slice, pad) and indexed access.

import {
  argMax,
  concat,
  cumSum,
  expand,
  gather,
  gatherElements,
  mul,
  oneHot,
  pad,
  putRows,
  reshape,
  scatterAddRows,
  scatterElements,
  slice,
  split,
  stack,
  topK,
  transpose,
} from '../../src/graph/index.js';
import { distinct, given, ids, ids32, normal, type Row, whole } from './check.js';
import { addAt, at, each, elementwise, type Nd, nd, permute, swapped, view } from './nd.js';

const concatOf =
  (axis: number) =>
  (...xs: Nd[]): Nd => {
    const first = xs[0] as Nd;
    const shape = first.shape.map((n, i) => (i === axis ? xs.reduce((t, x) => t + (x.shape[axis] as number), 0) : n));
    return nd(shape, (i) => {
      let k = i[axis] as number;
      let which = 0;
      while (k >= ((xs[which] as Nd).shape[axis] as number)) k -= (xs[which++] as Nd).shape[axis] as number;
      return at(
        xs[which] as Nd,
        i.map((v, a) => (a === axis ? k : v)),
      );
    });
  };
const sliceOf =
  (axis: number, start: number, end: number, step = 1) =>
  (x: Nd): Nd =>
    nd(
      x.shape.map((n, i) => (i === axis ? Math.ceil((end - start) / step) : n)),
      (i) =>
        at(
          x,
          i.map((v, a) => (a === axis ? start + v * step : v)),
        ),
    );
const padOf =
  (pads: readonly [number, number][], value = 0) =>
  (x: Nd): Nd =>
    nd(
      x.shape.map((n, i) => n + (pads[i] as [number, number])[0] + (pads[i] as [number, number])[1]),
      (i) => {
        const from = i.map((v, a) => v - (pads[a] as [number, number])[0]);
        return from.every((v, a) => v >= 0 && v < (x.shape[a] as number)) ? at(x, from) : value;
      },
    );
const gatherOf = (table: Nd, which: Nd): Nd =>
  nd([...which.shape, ...table.shape.slice(1)], (i) =>
    at(table, [at(which, i.slice(0, which.shape.length)), ...i.slice(which.shape.length)]),
  );
const gatherElementsOf =
  (axis: number) =>
  (x: Nd, which: Nd): Nd =>
    nd(which.shape, (i) =>
      at(
        x,
        i.map((v, a) => (a === axis ? at(which, i) : v)),
      ),
    );
const scatterOf =
  (axis: number) =>
  (x: Nd, which: Nd, values: Nd): Nd => {
    const y = { shape: x.shape, data: x.data.slice() };
    each(which.shape, (i) =>
      addAt(
        y,
        i.map((v, a) => (a === axis ? at(which, i) : v)),
        at(values, i),
      ),
    );
    return y;
  };
const cumSumOf =
  (axis: number, reverse: boolean) =>
  (x: Nd): Nd =>
    nd(x.shape, (i) => {
      let sum = 0;
      for (let k = 0; k < (x.shape[axis] as number); k++)
        if (reverse ? k >= (i[axis] as number) : k <= (i[axis] as number))
          sum += at(
            x,
            i.map((v, a) => (a === axis ? k : v)),
          );
      return sum;
    });
const sorted = (x: Nd, i: readonly number[], axis: number): [number, number][] =>
  Array.from({ length: x.shape[axis] as number }, (_, k): [number, number] => [
    at(
      x,
      i.map((v, a) => (a === axis ? k : v)),
    ),
    k,
  ]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
const topKOf =
  (k: number, axis: number) =>
  (x: Nd): Nd[] => {
    const shape = x.shape.map((n, a) => (a === axis ? k : n));
    return [0, 1].map((part) => nd(shape, (i) => (sorted(x, i, axis)[i[axis] as number] as [number, number])[part] as number));
  };
const argMaxOf =
  (axis: number) =>
  (x: Nd): Nd =>
    nd(
      x.shape.filter((_, a) => a !== axis),
      (i) => (sorted(x, [...i.slice(0, axis), 0, ...i.slice(axis)], axis)[0] as [number, number])[1],
    );

export const layoutRows: readonly Row[] = [
  { op: 'reshape', case: 'with -1', inputs: [normal(2, 3, 4)], graph: (x) => reshape(x, [6, -1]), loop: (x) => view(x, [6, 4]) },
  {
    op: 'reshape',
    case: 'to and from a scalar',
    inputs: [normal(1, 1)],
    graph: (x) => reshape(reshape(x, []).mul(2), [1]),
    loop: (x) => view(elementwise((v) => 2 * v)(x), [1]),
  },
  {
    op: 'reshape',
    case: 'unsqueeze and squeeze',
    inputs: [normal(2, 3)],
    graph: (x) => x.unsqueeze(1).mul(2).unsqueeze(-1).squeeze(1),
    loop: (x) => view(elementwise((v) => 2 * v)(x), [2, 3, 1]),
  },
  { op: 'transpose', case: 'matrix', inputs: [normal(2, 3)], graph: (x) => transpose(x), loop: swapped },
  {
    op: 'transpose',
    case: 'heads',
    inputs: [normal(2, 3, 2, 4)],
    graph: (x) => transpose(x, [0, 2, 1, 3]),
    loop: (x) => permute(x, [0, 2, 1, 3]),
  },
  {
    op: 'transpose',
    case: 'a permutation that is not its own inverse',
    inputs: [normal(2, 3, 4)],
    graph: (x) => transpose(x, [1, 2, 0]),
    loop: (x) => permute(x, [1, 2, 0]),
  },
  {
    op: 'transpose',
    case: 'two in a row fold into one',
    inputs: [normal(2, 3, 4)],
    graph: (x) => transpose(transpose(x, [1, 2, 0]), [1, 2, 0]),
    loop: (x) => permute(permute(x, [1, 2, 0]), [1, 2, 0]),
  },
  {
    op: 'expand',
    case: 'inner axis',
    inputs: [normal(2, 1, 3)],
    graph: (x) => expand(x, [2, 4, 3]),
    loop: (x) => nd([2, 4, 3], (i) => at(x, i)),
  },
  {
    op: 'expand',
    case: 'new leading axes',
    inputs: [normal(3)],
    graph: (x) => expand(x, [2, 2, 3]),
    loop: (x) => nd([2, 2, 3], (i) => at(x, i)),
  },
  { op: 'expand', case: 'scalar', inputs: [normal()], graph: (x) => expand(x, [2, 3]), loop: (x) => nd([2, 3], (i) => at(x, i)) },
  {
    op: 'expand',
    case: 'both operands of a product',
    inputs: [normal(), normal(1, 3)],
    graph: (x, y) => mul(expand(x, [2, 3]), expand(y, [2, 3])),
    loop: (x, y) => nd([2, 3], (i) => at(x, i) * at(y, i)),
  },
  {
    op: 'concat',
    case: 'first axis',
    inputs: [normal(2, 3), normal(1, 3), normal(4, 3)],
    graph: (...x) => concat(x, 0),
    loop: concatOf(0),
  },
  {
    op: 'concat',
    case: 'last axis, one tensor twice',
    inputs: [normal(2, 3), normal(2, 1)],
    graph: (x, y) => concat([x, y, x], -1),
    loop: (x, y) => concatOf(1)(x, y, x),
  },
  {
    op: 'concat',
    case: 'stack',
    inputs: [normal(2, 3), normal(2, 3)],
    graph: (x, y) => stack([x, y], 1),
    loop: (x, y) => concatOf(1)(view(x, [2, 1, 3]), view(y, [2, 1, 3])),
  },
  {
    op: 'split',
    case: 'all pieces used',
    inputs: [normal(2, 6)],
    graph: (x) => split(x, [1, 2, 3], 1),
    loop: (x) => [sliceOf(1, 0, 1)(x), sliceOf(1, 1, 3)(x), sliceOf(1, 3, 6)(x)],
  },
  {
    op: 'split',
    case: 'middle piece unused',
    inputs: [normal(6, 2)],
    graph: (x) => {
      const [a, , c] = split(x, [1, 2, 3], 0);
      return [a, c] as never;
    },
    loop: (x) => [sliceOf(0, 0, 1)(x), sliceOf(0, 3, 6)(x)],
  },
  { op: 'slice', case: 'both ends', inputs: [normal(5, 3)], graph: (x) => slice(x, { axis: 0, start: 1, end: 4 }), loop: sliceOf(0, 1, 4) },
  {
    op: 'slice',
    case: 'negative bounds',
    inputs: [normal(2, 6)],
    graph: (x) => slice(x, { axis: -1, start: -4, end: -1 }),
    loop: sliceOf(1, 2, 5),
  },
  {
    op: 'slice',
    case: 'step that divides',
    inputs: [normal(2, 6)],
    graph: (x) => slice(x, { axis: 1, step: 2 }),
    loop: sliceOf(1, 0, 6, 2),
  },
  {
    op: 'slice',
    case: 'step that leaves a rest',
    inputs: [normal(2, 8, 2)],
    graph: (x) => slice(x, { axis: 1, start: 1, end: 7, step: 4 }),
    loop: sliceOf(1, 1, 7, 4),
  },
  {
    op: 'slice',
    case: 'step longer than the axis',
    inputs: [normal(4)],
    graph: (x) => slice(x, { axis: 0, start: 1, step: 9 }),
    loop: sliceOf(0, 1, 4, 9),
  },
  {
    op: 'pad',
    case: 'zeros',
    inputs: [normal(2, 3)],
    graph: (x) =>
      pad(x, [
        [1, 0],
        [2, 1],
      ]),
    loop: padOf([
      [1, 0],
      [2, 1],
    ]),
  },
  {
    op: 'pad',
    case: 'a value, one axis',
    inputs: [normal(2, 3)],
    graph: (x) =>
      pad(
        x,
        [
          [0, 0],
          [0, 2],
        ],
        -1.5,
      ),
    loop: padOf(
      [
        [0, 0],
        [0, 2],
      ],
      -1.5,
    ),
  },

  {
    op: 'pad',
    case: 'between transposes',
    inputs: [normal(2, 3, 4)],
    graph: (x) =>
      transpose(
        pad(transpose(x, [2, 0, 1]), [
          [1, 0],
          [0, 2],
          [0, 0],
        ]),
        [1, 2, 0],
      ),
    loop: padOf([
      [0, 2],
      [0, 0],
      [1, 0],
    ]),
  },

  {
    op: 'gather',
    case: 'duplicate ids',
    inputs: [normal(5, 3), given([2, 3], [4, 0, 4, 4, 1, 0], 'int64')],
    graph: gather,
    loop: gatherOf,
  },
  { op: 'gather', case: 'int32 ids', inputs: [normal(5, 2, 2), ids32(5, 4)], graph: gather, loop: gatherOf },
  { op: 'gather', case: 'one id', inputs: [normal(5, 3), ids(5)], graph: gather, loop: gatherOf },
  { op: 'gather', case: 'a vector as the table', inputs: [normal(5), ids(5, 2, 3)], graph: gather, loop: gatherOf },
  {
    op: 'gather',
    case: 'more rows than the one-hot limit',
    inputs: [{ ...normal(4200, 1), draw: (rng) => Array.from({ length: 4200 }, () => rng.normal()) }, given([3], [4199, 7, 4199], 'int64')],
    graph: gather,
    loop: gatherOf,
  },
  {
    op: 'oneHot',
    case: 'ids',
    inputs: [ids(4, 2, 3)],
    graph: (x) => oneHot(x, 4),
    loop: (x) => nd([2, 3, 4], (i) => (at(x, i.slice(0, 2)) === i[2] ? 1 : 0)),
  },
  {
    op: 'oneHot',
    case: 'scatterAddRows, few rows',
    inputs: [ids(3, 6), normal(6, 2)],
    graph: (i, v) => scatterAddRows(3, i, v),
    loop: (i, v) =>
      scatterOf(0)(
        nd([3, 2], () => 0),
        nd([6, 2], (k) => at(i, k.slice(0, 1))),
        v,
      ),
  },
  {
    op: 'gatherElements',
    case: 'last axis, duplicates',
    inputs: [normal(2, 4), ids(4, 2, 6)],
    graph: (x, i) => gatherElements(x, i),
    loop: gatherElementsOf(1),
  },
  {
    op: 'gatherElements',
    case: 'first axis',
    inputs: [normal(3, 2, 2), ids32(3, 5, 2, 2)],
    graph: (x, i) => gatherElements(x, i, 0),
    loop: gatherElementsOf(0),
  },
  {
    op: 'scatterElements',
    case: 'first axis, duplicates add up',
    inputs: [normal(3, 2), given([4, 2], [0, 1, 0, 2, 0, 1, 2, 2], 'int64'), normal(4, 2)],
    graph: (x, i, v) => scatterElements(x, i, v, 0),
    loop: scatterOf(0),
  },
  {
    op: 'scatterElements',
    case: 'last axis',
    inputs: [normal(2, 5), ids(5, 2, 3), normal(2, 3)],
    graph: (x, i, v) => scatterElements(x, i, v),
    loop: scatterOf(1),
  },
  {
    op: 'oneHot',
    case: 'int32 ids',
    inputs: [ids32(4, 5)],
    graph: (x) => oneHot(x, 4),
    loop: (x) => nd([5, 4], (i) => (at(x, i.slice(0, 1)) === i[1] ? 1 : 0)),
  },
  {
    op: 'putRows',
    case: 'rows out of order',
    inputs: [normal(5, 2), given([3], [4, 0, 2], 'int32'), normal(3, 2)],
    graph: putRows,
    loop: (x, i, rows) =>
      nd(x.shape, ([r, c]) => {
        const k = i.data.indexOf(r as number);
        return at(k < 0 ? x : rows, [k < 0 ? (r as number) : k, c as number]);
      }),
  },
  { op: 'argMax', case: 'last axis', inputs: [distinct(3, 4)], graph: (x) => argMax(x), loop: argMaxOf(1) },
  { op: 'argMax', case: 'first of equals', inputs: [whole(6, 3)], graph: (x) => argMax(x, 0), loop: argMaxOf(0) },
  {
    op: 'topK',
    case: 'values and indices, last axis',
    inputs: [distinct(3, 5)],
    graph: (x) => {
      const { values, indices } = topK(x, 2);
      return [values, indices];
    },
    loop: topKOf(2, 1),
  },
  {
    op: 'topK',
    case: 'values alone, first axis',
    inputs: [distinct(4, 2)],
    graph: (x) => topK(x, 3, 0).values,
    loop: (x) => topKOf(3, 0)(x)[0] as Nd,
  },
  {
    op: 'topK',
    case: 'indices alone',
    inputs: [distinct(4, 2), normal(4, 2)],
    graph: (x, v) => gatherElements(v, topK(x, 2, 0).indices, 0),
    loop: (x, v) => gatherElementsOf(0)(v, topKOf(2, 0)(x)[1] as Nd),
  },
  { op: 'cumSum', case: 'forward, last axis', inputs: [normal(2, 5)], graph: (x) => cumSum(x), loop: cumSumOf(1, false) },
  { op: 'cumSum', case: 'reverse, inner axis', inputs: [normal(2, 4, 2)], graph: (x) => cumSum(x, 1, true), loop: cumSumOf(1, true) },
];
