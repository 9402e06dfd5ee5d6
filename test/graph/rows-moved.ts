// Rows of the op table: elements that are not floats, sliced and moved.

import { concat, not, slice, transpose } from '../../src/graph/index.js';
import { bools, ids32, type Row } from './check.js';
import { at, nd } from './nd.js';

export const movedRows: readonly Row[] = [
  {
    op: 'slice',
    case: 'whole numbers, with steps',
    inputs: [ids32(9, 3, 7)],
    graph: (x) => slice(x, { axis: 1, start: 1, end: 6, step: 2 }),
    loop: (x) => nd([3, 3], ([i, j]) => at(x, [i as number, 1 + 2 * (j as number)])),
  },
  {
    op: 'slice',
    case: 'bool',
    inputs: [bools(5, 4)],
    graph: (x) => slice(not(x), { axis: 0, start: 2 }),
    loop: (x) => nd([3, 4], ([i, j]) => 1 - at(x, [2 + (i as number), j as number])),
  },
  {
    op: 'transpose',
    case: 'bool',
    inputs: [bools(2, 3)],
    graph: (x) => transpose(not(x)),
    loop: (x) => nd([3, 2], ([i, j]) => 1 - at(x, [j as number, i as number])),
  },
  {
    op: 'concat',
    case: 'bool',
    inputs: [bools(2, 3), bools(1, 3)],
    graph: (x, y) => concat([not(x), not(y)], 0),
    loop: (x, y) => nd([3, 3], ([i, j]) => 1 - ((i as number) < 2 ? at(x, [i as number, j as number]) : at(y, [0, j as number]))),
  },
];
