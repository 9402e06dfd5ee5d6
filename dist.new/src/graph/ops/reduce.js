// Reductions over axes: sum, mean, max, min, and `sumTo`, which undoes broadcasting.
import { defineOp } from '../op.js';
import { normalizeAxes, shapeError, showShape, staticSize } from '../shape.js';
import { constant, Tensor } from '../tensor.js';
import { div, mul } from './arithmetic.js';
import { cast, equal } from './compare.js';
import { expand, reshape } from './layout.js';
function reduced(shape, { axes, keep }) {
    return keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}
const kept = (shape, axes) => reduced(shape, { axes, keep: true });
function reduction(name, onnx, rule) {
    const op = defineOp({
        name,
        infer: ([x], attrs) => [{ shape: reduced(x.shape, attrs), dtype: x.dtype }],
        emit: (e, [x], { axes, keep }) => [e.op(onnx, [x, e.ints(axes)], { keepdims: keep ? 1 : 0 })],
        vjp: ({ x: [x], y: [y], dy, attrs: { axes } }) => {
            const shape = kept(x.shape, axes);
            return [rule({ x: x, y: reshape(y, shape), dy: reshape(dy, shape), axes })];
        },
    });
    return (x, axes, keep = false) => {
        const list = normalizeAxes(name, axes, x.rank);
        return list.length === 0 ? x : op.one([x], { axes: list, keep });
    };
}
/** Sum over `axes` (all when left out). */
export const sum = reduction('sum', 'ReduceSum', ({ x, dy }) => expand(dy, x.shape));
/** Largest element; ties share the gradient equally. */
export const max = reduction('max', 'ReduceMax', ({ x, y, dy, axes }) => shareTies(x, y, dy, axes));
/** Smallest element; ties share the gradient equally. */
export const min = reduction('min', 'ReduceMin', ({ x, y, dy, axes }) => shareTies(x, y, dy, axes));
/** Mean over `axes` (all when left out). */
export const mean = reduction('mean', 'ReduceMean', ({ x, dy, axes }) => {
    const count = staticSize('mean', axes.map((a) => x.dim(a)));
    return expand(mul(dy, 1 / count), x.shape);
});
/** Sum of squares over `axes` (all when left out). */
export const sumSquare = reduction('sumSquare', 'ReduceSumSquare', ({ x, dy }) => mul(mul(dy, 2), x));
function shareTies(x, y, dy, axes) {
    const hit = cast(equal(x, y), x.dtype);
    return mul(hit, div(dy, sum(hit, axes, true)));
}
/** log(sum(exp(x))) over one axis, stable. */
export function logSumExp(x, axis = -1, keep = false) {
    const top = max(x, axis, true);
    const y = sum(x.sub(top).exp(), axis, true).log().add(top);
    return keep ? y : reshape(y, reduced(x.shape, { axes: normalizeAxes('logSumExp', axis, x.rank), keep: false }));
}
/** Sums a broadcast tensor back to `shape`: the one place where broadcasting is undone. */
export function sumTo(x, shape) {
    if (x.rank === shape.length && x.shape.every((d, i) => d === shape[i]))
        return x;
    const extra = x.rank - shape.length;
    if (extra < 0)
        return expand(x, shape); // a gradient that is still a scalar
    const axes = [];
    x.shape.forEach((d, i) => {
        const target = shape[i - extra];
        if (i < extra || (target === 1 && d !== 1))
            axes.push(i);
        else if (d !== target && d !== 1)
            throw shapeError('sumTo', `cannot sum ${showShape(x.shape)} to ${showShape(shape)}`);
    });
    const y = axes.length > 0 ? sum(x, axes, true) : x;
    const flat = y.rank === shape.length ? y : reshape(y, y.shape.slice(extra));
    return expand(flat, shape);
}
/** A zero tensor of a shape. */
export function zeros(shape, dtype = 'float32') {
    return expand(constant(0, dtype), shape);
}
Tensor.prototype.sum = function (axes, keep) {
    return sum(this, axes, keep);
};
Tensor.prototype.mean = function (axes, keep) {
    return mean(this, axes, keep);
};
Tensor.prototype.max = function (axes, keep) {
    return max(this, axes, keep);
};
//# sourceMappingURL=reduce.js.map