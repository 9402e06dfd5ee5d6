// Softmax and log-softmax over the last axis, cross-entropy, and attention: rows whose gradients reuse their own outputs.
import { defineOp } from '../op.js';
import { floating, indexing, shapeError, showShape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { add, exp, mul, sub } from './arithmetic.js';
import { cast } from './compare.js';
import { gatherElements, scatterElements } from './gather.js';
import { expand, reshape, transpose, unsqueeze } from './layout.js';
import { matMul } from './matmul.js';
import { sum } from './reduce.js';
const like = (x) => [{ shape: x.shape, dtype: x.dtype }];
const softmaxOp = defineOp({
    name: 'softmax',
    infer: ([x]) => {
        floating('softmax', x);
        return like(x);
    },
    emit: (e, inputs) => [e.op('Softmax', inputs, { axis: -1 })],
    vjp: ({ y: [y], dy }) => [softmaxVjp(y, dy)],
});
function softmaxVjp(y, dy) {
    const g = mul(dy, y);
    return sub(g, mul(y, sum(g, -1, true)));
}
/** Softmax over the last axis. */
export function softmax(x) {
    return softmaxOp.one([x], {});
}
const logSoftmaxOp = defineOp({
    name: 'logSoftmax',
    infer: ([x]) => {
        floating('logSoftmax', x);
        return like(x);
    },
    emit: (e, inputs) => [e.op('LogSoftmax', inputs, { axis: -1 })],
    vjp: ({ y: [y], dy }) => [sub(dy, mul(exp(y), sum(dy, -1, true)))],
});
/** Log-softmax over the last axis. */
export function logSoftmax(x) {
    return logSoftmaxOp.one([x], {});
}
const crossEntropyOp = defineOp({
    name: 'crossEntropy',
    infer: ([logits, targets]) => {
        const [l, t] = [logits, targets];
        indexing('crossEntropy', t);
        if (t.rank !== l.rank - 1 || t.shape.some((d, i) => d !== l.shape[i]))
            throw shapeError('crossEntropy', `targets ${showShape(t.shape)} do not fit logits ${showShape(l.shape)}`);
        return [
            { shape: t.shape, dtype: l.dtype },
            { shape: l.shape, dtype: l.dtype },
        ];
    },
    emit: (e, [logits, targets]) => {
        const lp = e.op('LogSoftmax', [logits], { axis: -1 });
        const at = e.op('Unsqueeze', [targets, e.ints([-1])]);
        const picked = e.op('GatherElements', [lp, at], { axis: -1 });
        return [e.op('Neg', [e.op('Squeeze', [picked, e.ints([-1])])]), lp];
    },
    // d logits = dy * (softmax - one-hot): the one-hot is one scatter into the probabilities, not a tensor of its own.
    // The second output has a gradient only where a gradient is differentiated again.
    vjp: ({ x: [, targets], y: [, lp], dy, dys: [, dlp] }) => {
        const at = unsqueeze(targets, -1);
        const p = exp(lp);
        const g = unsqueeze(dy, -1);
        const dx = scatterElements(mul(p, g), at, g.neg(), -1);
        return [dlp ? add(dx, sub(dlp, mul(p, sum(dlp, -1, true)))) : dx, null];
    },
});
/** -log softmax(logits)[target] per row. logits: [..., classes], targets: int [...] -> [...] (nats). */
export function crossEntropy(logits, targets) {
    return crossEntropyOp([logits, targets], {})[0];
}
/** Rows: out = softmax(scale q kᵀ + mask) v, and the probabilities, which the gradient reuses. */
export const attentionOp = defineOp({
    name: 'attention',
    infer: ([q, k, v, mask]) => {
        const [a, b, c] = [q, k, v];
        if (a.rank !== 4 ||
            b.rank !== 4 ||
            c.rank !== 4 ||
            a.dim(-1) !== b.dim(-1) ||
            b.dim(-2) !== c.dim(-2) ||
            a.dim(1) !== b.dim(1) ||
            b.dim(1) !== c.dim(1))
            throw shapeError('attention', `q ${showShape(a.shape)}, k ${showShape(b.shape)} and v ${showShape(c.shape)} do not fit`);
        if (mask && mask.rank > 4)
            throw shapeError('attention', `mask ${showShape(mask.shape)} has too many axes`);
        return [
            { shape: [...a.shape.slice(0, 3), c.dim(-1)], dtype: a.dtype },
            { shape: [...a.shape.slice(0, 3), b.dim(-2)], dtype: a.dtype },
        ];
    },
    emit: (e, [q, k, v, mask], { scale }) => {
        let s = e.op('FusedMatMul', [q, k], { transA: 0, transB: 1, alpha: { float: scale } }, 'com.microsoft');
        if (mask)
            s = e.op('Add', [s, mask]);
        const p = e.op('Softmax', [s], { axis: -1 });
        return [e.op('MatMul', [p, v]), p];
    },
    // rowsum(dP * P) = rowsum(dO * O): the cheap side of the identity that FlashAttention's backward uses (Dao et al. 2022, B.4).
    // The probabilities have a gradient of their own only where a gradient is differentiated again.
    vjp: ({ x: [q, k, v, mask], y: [out, p], dy, dys: [, direct], attrs: { scale } }) => {
        const [O, P, Q, K, V] = [out, p, q, k, v];
        const dP = matMul(dy, transpose(V));
        let dS = mul(P, sub(dP, sum(mul(dy, O), -1, true)));
        if (direct)
            dS = add(dS, softmaxVjp(P, direct));
        return [matMul(dS, K).mul(scale), matMul(transpose(dS), Q).mul(scale), matMul(transpose(P), dy), ...(mask ? [dS] : [])];
    },
});
/**
 * Scaled dot-product attention. q: [batch, heads, n, d], k: [batch, heads, m, d], v: [batch, heads, m, dv] -> [batch, heads, n, dv].
 * `mask` is added to the scores (broadcast to [batch, heads, n, m]). `scale` defaults to 1/sqrt(d).
 */
export function attention(q, k, v, options = {}) {
    const { mask, scale = 1 / Math.sqrt(q.size(-1)) } = options;
    return attentionOp(mask ? [q, k, v, mask] : [q, k, v], { scale, masked: mask !== undefined })[0];
}
/** Repeats key/value heads for grouped-query attention. x: [batch, kv, n, d] -> [batch, kv * groups, n, d]. */
export function repeatHeads(x, groups) {
    if (groups === 1)
        return x;
    const [b, h, n, d] = x.shape;
    return reshape(expand(reshape(x, [b, h, 1, n, d]), [b, h, groups, n, d]), [b, h * groups, n, d]);
}
/** Probability-weighted pick: the log-probability of `targets`. logits: [..., classes] -> [...]. */
export function logProbOf(logits, targets) {
    return reshape(gatherElements(logSoftmax(logits), unsqueeze(cast(targets, 'int64'), -1), -1), targets.shape);
}
/** Weighted mean of x: sum(x * w) / max(sum(w), 1). */
export function weightedMean(x, w) {
    return sum(mul(x, w)).div(sum(w).clip(1));
}
/** Cosine-normalises the last axis: x / |x|. */
export function normalize(x, eps = 1e-12) {
    return mul(x, add(sum(mul(x, x), -1, true), eps)
        .sqrt()
        .pow(-1));
}
Tensor.prototype.softmax = function () {
    return softmax(this);
};
Tensor.prototype.logSoftmax = function () {
    return logSoftmax(this);
};
//# sourceMappingURL=softmax.js.map