// Elementwise arithmetic with broadcasting: add, sub, mul, div, pow, maximum, minimum, and the unary functions.
import { defineOp } from '../op.js';
import { broadcast, floating, sameDtype } from '../shape.js';
import { constant, Tensor } from '../tensor.js';
import { greater, less, where } from './compare.js';
/** Lifts a number to a scalar constant of the other operand's dtype. */
export function lift(x, like) {
    return x instanceof Tensor ? x : constant(x, like instanceof Tensor ? like.dtype : 'float32');
}
function binary(name, onnx, rule) {
    const op = defineOp({
        name,
        infer: ([a, b]) => [
            { shape: broadcast(name, a.shape, b.shape), dtype: sameDtype(name, [a, b]) },
        ],
        emit: (e, inputs) => [e.op(onnx, inputs)],
        vjp: ({ x, y, dy }) => rule({ a: x[0], b: x[1], y: y[0], dy }),
    });
    return (a, b) => op.one([lift(a, b), lift(b, a)], {});
}
/** a + b, broadcast. */
export const add = binary('add', 'Add', ({ dy }) => [dy, dy]);
/** a - b, broadcast. */
export const sub = binary('sub', 'Sub', ({ dy }) => [dy, neg(dy)]);
/** a * b, broadcast. */
export const mul = binary('mul', 'Mul', ({ a, b, dy }) => [mul(dy, b), mul(dy, a)]);
/** a / b, broadcast. */
export const div = binary('div', 'Div', ({ b, y, dy }) => [div(dy, b), neg(div(mul(dy, y), b))]);
/** a ** b for a > 0 (the gradient for b needs log a). */
export const pow = binary('pow', 'Pow', ({ a, b, y, dy }) => [mul(dy, mul(b, pow(a, sub(b, 1)))), mul(dy, mul(y, log(a)))]);
/** Larger of two; ties give the whole gradient to a. */
export const maximum = binary('maximum', 'Max', ({ a, b, dy }) => [where(less(a, b), 0, dy), where(less(a, b), dy, 0)]);
/** Smaller of two; ties give the whole gradient to a. */
export const minimum = binary('minimum', 'Min', ({ a, b, dy }) => [where(greater(a, b), 0, dy), where(greater(a, b), dy, 0)]);
function unary(name, onnx, rule) {
    const op = defineOp({
        name,
        infer: ([x]) => {
            if (name !== 'neg' && name !== 'abs' && name !== 'sign')
                floating(name, x);
            return [{ shape: x.shape, dtype: x.dtype }];
        },
        emit: (e, inputs) => [e.op(onnx, inputs)],
        vjp: ({ x, y, dy }) => [rule({ x: x[0], y: y[0], dy })],
    });
    return (x) => op.one([x], {});
}
export const neg = unary('neg', 'Neg', ({ dy }) => neg(dy));
export const abs = unary('abs', 'Abs', ({ x, dy }) => mul(dy, sign(x)));
/** -1, 0 or 1; its gradient is zero. */
export const sign = unary('sign', 'Sign', () => null);
/** x itself, which gradients do not pass: a constant where the loss is differentiated. */
export const detach = unary('detach', 'Identity', () => null);
export const floor = unary('floor', 'Floor', () => null);
/** Half to even; its gradient is zero. */
export const round = unary('round', 'Round', () => null);
export const exp = unary('exp', 'Exp', ({ y, dy }) => mul(dy, y));
export const log = unary('log', 'Log', ({ x, dy }) => div(dy, x));
export const sqrt = unary('sqrt', 'Sqrt', ({ y, dy }) => div(mul(dy, 0.5), y));
/** 1 / x. */
export const reciprocal = unary('reciprocal', 'Reciprocal', ({ y, dy }) => neg(mul(dy, mul(y, y))));
export const sin = unary('sin', 'Sin', ({ x, dy }) => mul(dy, cos(x)));
export const cos = unary('cos', 'Cos', ({ x, dy }) => neg(mul(dy, sin(x))));
export const tanh = unary('tanh', 'Tanh', ({ y, dy }) => mul(dy, sub(1, mul(y, y))));
export const sigmoid = unary('sigmoid', 'Sigmoid', ({ y, dy }) => mul(dy, mul(y, sub(1, y))));
export const erf = unary('erf', 'Erf', ({ x, dy }) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))));
/** log(1 + exp(x)). */
export const softplus = unary('softplus', 'Softplus', ({ x, dy }) => mul(dy, sigmoid(x)));
/** x * x. */
export function square(x) {
    return mul(x, x);
}
/** 1 / sqrt(x). */
export function rsqrt(x) {
    return reciprocal(sqrt(x));
}
const clipOp = defineOp({
    name: 'clip',
    infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
    emit: (e, [x], { min, max }, node) => {
        const { dtype } = node.inputs[0];
        const bound = (v) => (Number.isFinite(v) ? e.scalar(v, dtype) : '');
        return [e.op('Clip', [x, bound(min), bound(max)])];
    },
    vjp: ({ x: [x], dy, attrs: { min, max } }) => {
        let g = dy;
        if (Number.isFinite(min))
            g = where(less(x, min), 0, g);
        if (Number.isFinite(max))
            g = where(greater(x, max), 0, g);
        return [g];
    },
});
/** x limited to [min, max]; infinite bounds are left out. */
export function clip(x, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY) {
    return clipOp.one([x], { min, max });
}
const binaries = { add, sub, mul, div, pow };
for (const [name, f] of Object.entries(binaries))
    Object.defineProperty(Tensor.prototype, name, {
        value(b) {
            return f(this, b);
        },
    });
const unaries = { neg, abs, exp, log, sqrt, tanh, sigmoid, square };
for (const [name, f] of Object.entries(unaries))
    Object.defineProperty(Tensor.prototype, name, {
        value() {
            return f(this);
        },
    });
Tensor.prototype.clip = function (min, max) {
    return clip(this, min, max);
};
//# sourceMappingURL=arithmetic.js.map