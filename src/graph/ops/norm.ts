// Layer norm and RMS norm as single rows: ONNX Runtime computes them fused and keeps the statistics for the gradient.

import { defineOp } from '../op.js';
import { floating, shapeError, showShape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { add, div, mul, sub } from './arithmetic.js';
import { reshape } from './layout.js';
import { mean } from './reduce.js';

function check(op: string, x: Tensor, ...rest: Tensor[]): void {
  floating(op, x);
  for (const w of rest)
    if (w.rank !== 1 || w.dim(0) !== x.dim(-1))
      throw shapeError(op, `weight ${showShape(w.shape)} does not fit the last axis of ${showShape(x.shape)}`);
}
/** d inv / dx = -inv² hat / n for inv = (mean square + eps)^(-1/2); this is the factor of -hat. */
const scaleGrad = (dInv: Tensor, inv: Tensor, x: Tensor): Tensor => div(mul(dInv, mul(inv, inv)), x.size(-1));
const stats = (x: Tensor) => ({ shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype });

const layerNormOp = defineOp<{ eps: number }>({
  name: 'layerNorm',
  infer: ([x, w, b]) => {
    check('layerNorm', x as Tensor, w as Tensor, b as Tensor);
    return [{ shape: (x as Tensor).shape, dtype: (x as Tensor).dtype }, stats(x as Tensor), stats(x as Tensor)];
  },
  emit: (e, inputs, { eps }) => e.ops('LayerNormalization', inputs, [true, e.used(1), e.used(2)], { axis: -1, epsilon: { float: eps } }),
  // The statistics have gradients only where a gradient is differentiated again.
  vjp: ({ x: [x, w], y: [, mu, inv], dy, dys: [, dMu, dInv] }) => {
    const hat = mul(sub(x as Tensor, mu as Tensor), inv as Tensor);
    const g = mul(dy, ranked(w as Tensor, dy));
    let dx = mul(sub(sub(g, mean(g, -1, true)), mul(hat, mean(mul(g, hat), -1, true))), inv as Tensor);
    if (dMu) dx = add(dx, div(dMu, (x as Tensor).size(-1)));
    if (dInv) dx = sub(dx, mul(hat, scaleGrad(dInv, inv as Tensor, x as Tensor)));
    return [dx, mul(dy, hat), dy];
  },
});
/**
 * A norm's weight with as many axes as maps have, [1, 1, 1, width]. ONNX Runtime (1.30.0) moves the transpose of a gradient from channels to the
 * last axis over its product with a constant vector, and turns the vector as if it had as many axes.
 */
const ranked = (weight: Tensor, like: Tensor): Tensor =>
  like.rank > 3 ? reshape(weight, [...new Array<number>(like.rank - 1).fill(1), weight.size(0)]) : weight;

/** (x - mean) / sqrt(var + eps) * weight + bias over the last axis. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  return layerNormOp.one([x, weight, bias], { eps });
}

export const rmsNormOp = defineOp<{ eps: number }>({
  name: 'rmsNorm',
  infer: ([x, w]) => {
    check('rmsNorm', x as Tensor, w as Tensor);
    return [{ shape: (x as Tensor).shape, dtype: (x as Tensor).dtype }, stats(x as Tensor)];
  },
  emit: (e, inputs, { eps }) => {
    // Outputs: Y and, optionally, the inverse standard deviation.
    const [y, inv] = e.ops('SimplifiedLayerNormalization', inputs, [true, e.used(1)], { axis: -1, epsilon: { float: eps }, stash_type: 1 });
    return [y as string, inv as string];
  },
  vjp: ({ x: [x, w], y: [, inv], dy, dys: [, dInv] }) => {
    const hat = mul(x as Tensor, inv as Tensor);
    const g = mul(dy, ranked(w as Tensor, dy));
    let dx = mul(sub(g, mul(hat, mean(mul(g, hat), -1, true))), inv as Tensor);
    if (dInv) dx = sub(dx, mul(hat, scaleGrad(dInv, inv as Tensor, x as Tensor)));
    return [dx, mul(dy, hat)];
  },
});
/** x / sqrt(mean(x²) + eps) * weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: Tensor, weight: Tensor, eps = 1e-6): Tensor {
  return rmsNormOp.one([x, weight], { eps });
}
