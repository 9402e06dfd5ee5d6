// Rows of a matrix replaced by others, and others added to them: how image tokens take their places among the text embeddings, and how
// what experts make of their tokens goes back to them.
import { defineOp } from '../op.js';
import { indexing, shapeError, showShape } from '../shape.js';
import { cast } from './compare.js';
import { gather } from './gather.js';
import { unsqueeze } from './layout.js';
import { zeros } from './reduce.js';
/** x [n, width], at [m, 1], rows [m, width]. */
function inferRows(name) {
    return ([x, at, rows]) => {
        const [t, i, r] = [x, at, rows];
        indexing(name, i);
        if (t.rank !== 2 || r.rank !== 2 || i.rank !== 2 || i.dim(1) !== 1 || t.dim(1) !== r.dim(1) || i.dim(0) !== r.dim(0))
            throw shapeError(name, `rows ${showShape(r.shape)} at ${showShape(i.shape)} do not fit ${showShape(t.shape)}`);
        return [{ shape: t.shape, dtype: t.dtype }];
    };
}
const putRowsOp = defineOp({
    name: 'putRows',
    infer: inferRows('putRows'),
    emit: (e, inputs) => [e.op('ScatterND', inputs)],
    vjp: ({ x: [, at, rows], dy }) => [
        putRowsOp.one([dy, at, zeros(rows.shape)], {}),
        null,
        gather(dy, at.squeeze(1)),
    ],
});
/** x with `rows` written at `at` (distinct row numbers). x: [n, width], at: int [m], rows: [m, width] -> [n, width]. */
export function putRows(x, at, rows) {
    return putRowsOp.one([x, unsqueeze(cast(at, 'int64'), 1), rows], {});
}
const addRowsOp = defineOp({
    name: 'addRows',
    infer: inferRows('addRows'),
    emit: (e, inputs) => [e.op('ScatterND', inputs, { reduction: 'add' })],
    vjp: ({ x: [, at], dy }) => [dy, null, gather(dy, at.squeeze(1))],
});
/** x with `rows` added at `at` (distinct row numbers). x: [n, width], at: int [m], rows: [m, width] -> [n, width]. */
export function addRows(x, at, rows) {
    return addRowsOp.one([x, unsqueeze(cast(at, 'int64'), 1), rows], {});
}
//# sourceMappingURL=put-rows.js.map