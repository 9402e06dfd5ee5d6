// Comparisons, logic, choice between two tensors, and casts.
import { DATA_TYPE } from '../../onnx/constants.js';
import { defineOp } from '../op.js';
import { broadcast, sameDtype, shapeError } from '../shape.js';
import { constant, Tensor } from '../tensor.js';
const lift = (x, dtype) => (x instanceof Tensor ? x : constant(x, dtype));
const boolean = (name, x) => {
    if (x.dtype !== 'bool')
        throw shapeError(name, `needs bool tensors, got ${x}`);
};
function comparison(name, onnx) {
    const op = defineOp({
        name,
        infer: ([a, b]) => {
            sameDtype(name, [a, b]);
            if (name === 'and' || name === 'or')
                boolean(name, a);
            return [{ shape: broadcast(name, a.shape, b.shape), dtype: 'bool' }];
        },
        emit: (e, inputs) => [e.op(onnx, inputs)],
        vjp: null,
    });
    return (a, b) => op.one([a, lift(b, a.dtype)], {});
}
export const equal = comparison('equal', 'Equal');
export const less = comparison('less', 'Less');
export const greater = comparison('greater', 'Greater');
export const lessEqual = comparison('lessEqual', 'LessOrEqual');
export const greaterEqual = comparison('greaterEqual', 'GreaterOrEqual');
/** Logical and of two bool tensors. */
export const and = comparison('and', 'And');
/** Logical or of two bool tensors. */
export const or = comparison('or', 'Or');
const notOp = defineOp({
    name: 'not',
    infer: ([x]) => {
        boolean('not', x);
        return [{ shape: x.shape, dtype: 'bool' }];
    },
    emit: (e, inputs) => [e.op('Not', inputs)],
    vjp: null,
});
/** Logical not. */
export function not(x) {
    return notOp.one([x], {});
}
const whereOp = defineOp({
    name: 'where',
    infer: ([c, a, b]) => {
        if (c.dtype !== 'bool')
            throw shapeError('where', `the condition must be bool, got ${c}`);
        const dtype = sameDtype('where', [a, b]);
        return [{ shape: broadcast('where', c.shape, broadcast('where', a.shape, b.shape)), dtype }];
    },
    emit: (e, inputs) => [e.op('Where', inputs)],
    vjp: ({ x: [c], dy }) => [null, where(c, dy, 0), where(c, 0, dy)],
});
/** a where `condition`, else b; all three broadcast. */
export function where(condition, a, b) {
    const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : 'float32';
    return whereOp.one([condition, lift(a, dtype), lift(b, dtype)], {});
}
const castOp = defineOp({
    name: 'cast',
    infer: ([x], { to }) => [{ shape: x.shape, dtype: to }],
    emit: (e, inputs, { to }) => [e.op('Cast', inputs, { to: DATA_TYPE[to] })],
    vjp: ({ x: [x], dy }) => [x.dtype.includes('float') ? cast(dy, x.dtype) : null],
});
/** Converts the dtype; the same tensor when it is already that. */
export function cast(x, to) {
    return x.dtype === to ? x : castOp.one([x], { to });
}
Tensor.prototype.cast = function (to) {
    return cast(this, to);
};
Tensor.prototype.equal = function (b) {
    return equal(this, b);
};
Tensor.prototype.greater = function (b) {
    return greater(this, b);
};
Tensor.prototype.less = function (b) {
    return less(this, b);
};
//# sourceMappingURL=compare.js.map