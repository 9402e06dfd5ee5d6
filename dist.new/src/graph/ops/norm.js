// Layer norm and RMS norm as single rows: ONNX Runtime computes them fused and keeps the statistics for the gradient.
import { defineOp } from '../op.js';
import { floating, shapeError, showShape } from '../shape.js';
import { add, div, mul, sub } from './arithmetic.js';
import { mean } from './reduce.js';
function check(op, x, ...rest) {
    floating(op, x);
    for (const w of rest)
        if (w.rank !== 1 || w.dim(0) !== x.dim(-1))
            throw shapeError(op, `weight ${showShape(w.shape)} does not fit the last axis of ${showShape(x.shape)}`);
}
/** d inv / dx = -inv² hat / n for inv = (mean square + eps)^(-1/2); this is the factor of -hat. */
const scaleGrad = (dInv, inv, x) => div(mul(dInv, mul(inv, inv)), x.size(-1));
const stats = (x) => ({ shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype });
const layerNormOp = defineOp({
    name: 'layerNorm',
    infer: ([x, w, b]) => {
        check('layerNorm', x, w, b);
        return [{ shape: x.shape, dtype: x.dtype }, stats(x), stats(x)];
    },
    emit: (e, inputs, { eps }) => e.ops('LayerNormalization', inputs, [true, e.used(1), e.used(2)], { axis: -1, epsilon: { float: eps } }),
    // The statistics have gradients only where a gradient is differentiated again.
    vjp: ({ x: [x, w], y: [, mu, inv], dy, dys: [, dMu, dInv] }) => {
        const hat = mul(sub(x, mu), inv);
        const g = mul(dy, w);
        let dx = mul(sub(sub(g, mean(g, -1, true)), mul(hat, mean(mul(g, hat), -1, true))), inv);
        if (dMu)
            dx = add(dx, div(dMu, x.size(-1)));
        if (dInv)
            dx = sub(dx, mul(hat, scaleGrad(dInv, inv, x)));
        return [dx, mul(dy, hat), dy];
    },
});
/** (x - mean) / sqrt(var + eps) * weight + bias over the last axis. */
export function layerNorm(x, weight, bias, eps = 1e-5) {
    return layerNormOp.one([x, weight, bias], { eps });
}
export const rmsNormOp = defineOp({
    name: 'rmsNorm',
    infer: ([x, w]) => {
        check('rmsNorm', x, w);
        return [{ shape: x.shape, dtype: x.dtype }, stats(x)];
    },
    emit: (e, inputs, { eps }) => {
        // Outputs: Y and, optionally, the inverse standard deviation.
        const [y, inv] = e.ops('SimplifiedLayerNormalization', inputs, [true, e.used(1)], { axis: -1, epsilon: { float: eps }, stash_type: 1 });
        return [y, inv];
    },
    vjp: ({ x: [x, w], y: [, inv], dy, dys: [, dInv] }) => {
        const hat = mul(x, inv);
        const g = mul(dy, w);
        let dx = mul(sub(g, mul(hat, mean(mul(g, hat), -1, true))), inv);
        if (dInv)
            dx = sub(dx, mul(hat, scaleGrad(dInv, inv, x)));
        return [dx, mul(dy, hat)];
    },
});
/** x / sqrt(mean(x²) + eps) * weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x, weight, eps = 1e-6) {
    return rmsNormOp.one([x, weight], { eps });
}
//# sourceMappingURL=norm.js.map