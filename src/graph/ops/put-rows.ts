// Replacing rows of a matrix by others: how image tokens take their places among the text embeddings.

import { defineOp, type Op } from '../op.js';
import { indexing, shapeError, showShape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { cast } from './compare.js';
import { gather } from './gather.js';
import { unsqueeze } from './layout.js';
import { zeros } from './reduce.js';

const putRowsOp: Op<Record<string, never>> = defineOp<Record<string, never>>({
  name: 'putRows',
  infer: ([x, at, rows]) => {
    const [t, i, r] = [x as Tensor, at as Tensor, rows as Tensor];
    indexing('putRows', i);
    if (t.rank !== 2 || r.rank !== 2 || i.rank !== 2 || i.dim(1) !== 1 || t.dim(1) !== r.dim(1) || i.dim(0) !== r.dim(0))
      throw shapeError('putRows', `rows ${showShape(r.shape)} at ${showShape(i.shape)} do not fit ${showShape(t.shape)}`);
    return [{ shape: t.shape, dtype: t.dtype }];
  },
  emit: (e, inputs) => [e.op('ScatterND', inputs)],
  vjp: ({ x: [, at, rows], dy }) => [
    putRowsOp.one([dy, at as Tensor, zeros((rows as Tensor).shape)], {}),
    null,
    gather(dy, (at as Tensor).squeeze(1)),
  ],
});
/** x with `rows` written at `at` (distinct row numbers). x: [n, width], at: int [m], rows: [m, width] -> [n, width]. */
export function putRows(x: Tensor, at: Tensor, rows: Tensor): Tensor {
  return putRowsOp.one([x, unsqueeze(cast(at, 'int64'), 1), rows], {});
}
