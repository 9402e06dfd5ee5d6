// Indexed reads and writes: gather rows, gatherElements, scatterElements (add), one-hot, argmax, top-k, nonzero, cumulative sums.
import { SensoriumError } from '../../util/errors.js';
import { sized } from '../inputs.js';
import { defineOp } from '../op.js';
import { floating, indexing, normalizeAxis, product, sameDtype, shapeError, showShape } from '../shape.js';
import { constant, currentScope, Tensor } from '../tensor.js';
import { sub } from './arithmetic.js';
import { cast, equal } from './compare.js';
import { reshape, transpose } from './layout.js';
import { matMul } from './matmul.js';
import { zeros } from './reduce.js';
/**
 * Above this many rows the embedding gradient scatters instead of multiplying by a one-hot matrix. The scatter costs the same
 * whatever the rows (2048 ids of width 384: 9 ms on one thread); the product grows with them (2048 rows: 68 ms of one thread).
 */
const ONE_HOT_LIMIT = 1024;
const gatherOp = defineOp({
    name: 'gather',
    infer: ([table, ids]) => {
        indexing('gather', ids);
        const t = table;
        if (t.rank < 1)
            throw shapeError('gather', 'the table must have at least one axis');
        return [{ shape: [...ids.shape, ...t.shape.slice(1)], dtype: t.dtype }];
    },
    emit: (e, inputs) => [e.op('Gather', inputs, { axis: 0 })],
    vjp: ({ x: [table, ids], dy }) => [
        scatterAddRows(table.size(0), ids, reshape(dy, [product(ids.shape), ...table.shape.slice(1)])),
        null,
    ],
});
/** Rows of a table. table: [rows, ...rest], ids: int [...] -> [..., ...rest]. */
export function gather(table, ids) {
    return gatherOp.one([table, ids], {});
}
/** Adds rows into a zero table: the gradient of `gather`, deterministic with duplicate ids. values: [n, ...rest] -> [rows, ...rest]. */
export function scatterAddRows(rows, ids, values) {
    const n = values.size(0);
    const rest = values.shape.slice(1);
    const width = product(rest);
    const flat = reshape(values, [n, width]);
    const at = reshape(ids, [n]);
    if (rows <= ONE_HOT_LIMIT)
        return reshape(matMul(transpose(oneHot(at, rows)), flat), [rows, ...rest]);
    const index = reshape(at, [n, 1]).expand([n, width]);
    return reshape(scatterElements(zeros([rows, width]), index, flat, 0), [rows, ...rest]);
}
const oneHotOp = defineOp({
    name: 'oneHot',
    infer: ([ids], { classes }) => {
        indexing('oneHot', ids);
        return [{ shape: [...ids.shape, classes], dtype: 'float32' }];
    },
    emit: (e, [ids], { classes }) => [
        e.op('OneHot', [ids, e.scalar(classes, 'int64'), e.value({ dtype: 'float32', shape: [2], data: new Float32Array([0, 1]) })], {
            axis: -1,
        }),
    ],
    vjp: null,
});
/** ids: int [...] -> float [..., classes]. */
export function oneHot(ids, classes) {
    return oneHotOp.one([cast(ids, 'int64')], { classes });
}
const gatherElementsOp = defineOp({
    name: 'gatherElements',
    infer: ([x, ids], { axis }) => {
        const [t, i] = [x, ids];
        indexing('gatherElements', i);
        if (t.rank !== i.rank || i.shape.some((d, a) => a !== axis && d !== t.shape[a]))
            throw shapeError('gatherElements', `indices ${showShape(i.shape)} do not fit ${showShape(t.shape)} outside axis ${axis}`);
        return [{ shape: i.shape, dtype: t.dtype }];
    },
    emit: (e, inputs, { axis }) => [e.op('GatherElements', inputs, { axis })],
    vjp: ({ x: [x, ids], dy, attrs: { axis } }) => [scatterElements(zeros(x.shape, dy.dtype), ids, dy, axis), null],
});
/** x at `ids` along one axis, elementwise. */
export function gatherElements(x, ids, axis = -1) {
    return gatherElementsOp.one([x, ids], { axis: normalizeAxis('gatherElements', axis, x.rank) });
}
const scatterElementsOp = defineOp({
    name: 'scatterElements',
    infer: ([x, ids, values], { axis }) => {
        const [t, i, v] = [x, ids, values];
        indexing('scatterElements', i);
        if (i.rank !== t.rank ||
            v.rank !== t.rank ||
            v.shape.some((d, a) => d !== i.shape[a]) ||
            i.shape.some((d, a) => a !== axis && d !== t.shape[a]))
            throw shapeError('scatterElements', `indices ${showShape(i.shape)} and values ${showShape(v.shape)} must agree and fit ${showShape(t.shape)}`);
        return [{ shape: t.shape, dtype: sameDtype('scatterElements', [t, v]) }];
    },
    emit: (e, inputs, { axis }) => [e.op('ScatterElements', inputs, { axis, reduction: 'add' })],
    vjp: ({ x: [, ids], dy, attrs: { axis } }) => [dy, null, gatherElements(dy, ids, axis)],
});
/** x with `values` added at `ids` along one axis; duplicates add up. */
export function scatterElements(x, ids, values, axis = -1) {
    return scatterElementsOp.one([x, ids, values], { axis: normalizeAxis('scatterElements', axis, x.rank) });
}
const argMaxOp = defineOp({
    name: 'argMax',
    infer: ([x], { axis }) => [{ shape: x.shape.filter((_, i) => i !== axis), dtype: 'int64' }],
    emit: (e, inputs, { axis }) => [e.op('ArgMax', inputs, { axis, keepdims: 0 })],
    vjp: null,
});
/** Index of the largest element (the first of equals), int64. */
export function argMax(x, axis = -1) {
    return argMaxOp.one([x], { axis: normalizeAxis('argMax', axis, x.rank) });
}
const topKOp = defineOp({
    name: 'topK',
    infer: ([x], { k, axis }) => {
        const t = x;
        if (k < 1 || k > t.size(axis))
            throw shapeError('topK', `k = ${k} does not fit axis ${axis} of ${showShape(t.shape)}`);
        const shape = t.shape.map((d, i) => (i === axis ? k : d));
        return [
            { shape, dtype: t.dtype },
            { shape, dtype: 'int64' },
        ];
    },
    emit: (e, [x], { k, axis }) => e.ops('TopK', [x, e.ints([k])], [true, true], { axis, largest: 1, sorted: 1 }),
    vjp: ({ x: [x], y: [, ids], dy, attrs: { axis } }) => [scatterElements(zeros(x.shape, dy.dtype), ids, dy, axis)],
});
/** The k largest values, largest first, and their int64 indices. */
export function topK(x, k, axis = -1) {
    const [values, indices] = topKOp([x], { k, axis: normalizeAxis('topK', axis, x.rank) });
    return { values, indices };
}
const nonZeroOp = defineOp({
    name: 'nonZero',
    infer: ([x], { count }) => {
        if (x.rank !== 1)
            throw shapeError('nonZero', `needs one axis, got ${showShape(x.shape)}`);
        if (!/^[\w.]*[A-Za-z_][\w.]*$/.test(count))
            throw shapeError('nonZero', `'${count}' cannot name a dimension`);
        return [{ shape: [count], dtype: 'int64' }];
    },
    emit: (e, inputs) => [e.op('Squeeze', [e.op('NonZero', inputs), e.ints([0])])],
    vjp: null,
});
/** Places of the elements that are not zero (or true), in order: int64 [count], a dimension of that name. x: [n]. */
export function nonZero(x, count) {
    return nonZeroOp.one([x], { count });
}
const cumSumOp = defineOp({
    name: 'cumSum',
    infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
    emit: (e, [x], { axis, reverse }) => [e.op('CumSum', [x, e.scalar(axis, 'int64')], { reverse: reverse ? 1 : 0 })],
    vjp: ({ dy, attrs: { axis, reverse } }) => [cumSumOp.one([dy], { axis, reverse: !reverse })],
});
/** Running sum along one axis; `reverse` runs from the end. */
export function cumSum(x, axis = -1, reverse = false) {
    return cumSumOp.one([x], { axis: normalizeAxis('cumSum', axis, x.rank), reverse });
}
/** Share of rows whose largest logit is the target. logits: [n, classes], targets: int [n] -> scalar. */
export function accuracy(logits, targets) {
    floating('accuracy', logits);
    if (targets.rank !== logits.rank - 1)
        throw new SensoriumError('graph.shape', 'accuracy: targets must have one axis less than logits', {
            place: currentScope(),
            got: `${targets} for ${logits}`,
        });
    return cast(equal(argMax(logits), cast(targets, 'int64')), 'float32').mean();
}
/** [n, n] additive causal mask: 0 on and below the diagonal, `value` above. */
export function causalMask(n, value = -1e9) {
    const data = new Float32Array(n * n);
    for (let i = 0; i < n; i++)
        data.fill(value, i * n + i + 1, (i + 1) * n);
    return constant({ dtype: 'float32', shape: [n, n], data });
}
/** int32 [n]: 0, 1, 2, …; also where n is the name of a dimension. */
export function arange(n) {
    const [length] = sized([n]);
    if (typeof length === 'string')
        return sub(cumSum(zeros([length], 'int32').add(1), 0), 1);
    return constant({ dtype: 'int32', shape: [length], data: Int32Array.from({ length }, (_, i) => i) });
}
Tensor.prototype.gather = function (ids) {
    return gather(this, ids);
};
Tensor.prototype.gatherElements = function (ids, axis) {
    return gatherElements(this, ids, axis);
};
Tensor.prototype.argMax = function (axis) {
    return argMax(this, axis);
};
Tensor.prototype.cumSum = function (axis, reverse) {
    return cumSum(this, axis, reverse);
};
//# sourceMappingURL=gather.js.map