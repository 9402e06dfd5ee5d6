// Activation functions: relu, silu, the three GELUs.
import { defineOp } from '../op.js';
import { floating } from '../shape.js';
import { Tensor } from '../tensor.js';
import { add, div, erf, exp, mul, sigmoid, sub, tanh } from './arithmetic.js';
import { greater, where } from './compare.js';
function activation(name, emit, rule) {
    const op = defineOp({
        name,
        infer: ([x]) => {
            floating(name, x);
            return [{ shape: x.shape, dtype: x.dtype }];
        },
        emit: (e, [x]) => [emit(x, e)],
        vjp: ({ x: [x], y: [y], dy }) => [rule({ x: x, y: y, dy })],
    });
    return (x) => op.one([x], {});
}
/** max(x, 0). */
export const relu = activation('relu', (x, e) => e.op('Relu', [x]), ({ x, dy }) => where(greater(x, 0), dy, 0));
/** x sigmoid(x). */
export const silu = activation('silu', (x, e) => e.op('QuickGelu', [x], { alpha: { float: 1 } }, 'com.microsoft'), 
// s + y (1 - s), with y = x s
({ x, y, dy }) => {
    const s = sigmoid(x);
    return mul(dy, add(s, sub(y, mul(y, s))));
});
/** x sigmoid(1.702 x): CLIP's activation. */
export const quickGelu = activation('quickGelu', (x, e) => e.op('QuickGelu', [x], { alpha: { float: 1.702 } }, 'com.microsoft'), ({ x, y, dy }) => {
    const s = sigmoid(mul(x, 1.702));
    return mul(dy, add(s, mul(mul(y, sub(1, s)), 1.702)));
});
/** x Φ(x), exact (Hendrycks and Gimpel 2016). */
export const gelu = activation('gelu', (x, e) => e.op('Gelu', [x], {}, 'com.microsoft'), 
// dy/2 (1 + erf u + 2/√π u exp(-u²)), u = x/√2, in the fewest passes: the half goes into the product that made dy.
// Far out exp(u²) is infinite and u / exp(u²) the zero that it should be.
({ x, dy }) => {
    const u = mul(x, Math.SQRT1_2);
    const bell = mul(div(u, exp(mul(u, u))), 2 / Math.sqrt(Math.PI));
    return mul(mul(dy, 0.5), add(add(erf(u), 1), bell));
});
/** GELU by its tanh approximation. */
export const geluTanh = activation('geluTanh', (x, e) => e.op('Gelu', [x], { approximate: 'tanh' }), ({ x, dy }) => {
    const [a, b] = [Math.sqrt(2 / Math.PI), 0.044715];
    const x2 = mul(x, x);
    const t = tanh(mul(mul(x, a), add(mul(x2, b), 1)));
    const inner = add(mul(x2, 3 * a * b), a);
    return mul(dy, mul(add(add(t, 1), mul(mul(x, sub(1, mul(t, t))), inner)), 0.5));
});
Tensor.prototype.relu = function () {
    return relu(this);
};
Tensor.prototype.silu = function () {
    return silu(this);
};
Tensor.prototype.gelu = function () {
    return gelu(this);
};
//# sourceMappingURL=activation.js.map