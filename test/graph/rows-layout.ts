// Rows of the op table: ops that move elements (reshape, transpose, expand, concat, split, slice, pad).

import { after, concat, expand, mul, pad, reshape, slice, split, stack, transpose } from '../../src/graph/index.js';
import { ids, normal, type Row } from './check.js';
import { at, elementwise, type Nd, nd, permute, swapped, view } from './nd.js';

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
  { op: 'after', case: 'a matrix behind a vector', inputs: [normal(2, 3), normal(4)], graph: (x, y) => after(x, y), loop: (x) => x },
  { op: 'after', case: 'a vector behind a scalar', inputs: [normal(3), normal()], graph: (x, y) => after(x, y), loop: (x) => x },
  { op: 'after', case: 'a scalar behind a matrix', inputs: [normal(), normal(2, 2)], graph: (x, y) => after(x, y), loop: (x) => x },
  {
    op: 'after',
    case: 'whole numbers behind others',
    inputs: [ids(9, 2, 1, 3), normal(4)],
    graph: (x, y) => after(x, y),
    loop: (x) => x,
  },
];
