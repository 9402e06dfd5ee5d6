// Rows of the op table: reading and writing at indices (gather, scatter, put and add rows, one-hot, argmax, top-k, nonzero, cumulative sums).

import {
  addRows,
  argMax,
  cumSum,
  gather,
  gatherElements,
  nonZero,
  oneHot,
  putRows,
  scatterAddRows,
  scatterElements,
  topK,
  zeros,
} from '../../src/graph/index.js';
import { distinct, given, ids, ids32, normal, type Row, whole } from './check.js';
import { addAt, at, each, type Nd, nd } from './nd.js';

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

export const indexedRows: readonly Row[] = [
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
  {
    op: 'addRows',
    case: 'rows out of order',
    inputs: [normal(5, 2), given([3], [4, 0, 2], 'int32'), normal(3, 2)],
    graph: addRows,
    loop: (x, i, rows) =>
      nd(x.shape, ([r, c]) => {
        const k = i.data.indexOf(r as number);
        return at(x, [r as number, c as number]) + (k < 0 ? 0 : at(rows, [k, c as number]));
      }),
  },
  {
    op: 'nonZero',
    case: 'some',
    inputs: [given([5], [0, 2, 0, -1, 0.5])],
    graph: (x) => nonZero(x, 'some'),
    loop: () => nd([3], ([i]) => [1, 3, 4][i as number] as number),
  },
  {
    op: 'nonZero',
    case: 'of truths, with what has as many',
    inputs: [given([4], [1, 0, 0, 1], 'bool'), normal(4, 3)],
    graph: (x, rows) => gather(rows, nonZero(x, 'trueOnes')).add(zeros(['trueOnes', 3])),
    loop: (_, rows) => nd([2, 3], ([i, j]) => at(rows, [3 * (i as number), j as number])),
  },
  {
    op: 'nonZero',
    case: 'none',
    inputs: [given([4], [0, 0, 0, 0])],
    graph: (x) => nonZero(x, 'noOnes'),
    loop: () => nd([0], () => 0),
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
