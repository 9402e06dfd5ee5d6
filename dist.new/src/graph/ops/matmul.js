// Matrix multiplication with batching, and its fused form with transposed operands and a scale.
import { defineOp } from '../op.js';
import { broadcast, product, sameDtype, shapeError, showShape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { reshape, transpose } from './layout.js';
function matMulShape(a, b) {
    if (a.length < 2 || b.length < 2)
        throw shapeError('matMul', `needs at least two axes each, got ${showShape(a)} and ${showShape(b)}`);
    const [k, l] = [a.at(-1), b.at(-2)];
    if (k !== l)
        throw shapeError('matMul', `cannot multiply ${showShape(a)} by ${showShape(b)}: inner sizes ${k} and ${l} differ`);
    return [...broadcast('matMul', a.slice(0, -2), b.slice(0, -2)), a.at(-2), b.at(-1)];
}
export const matMulOp = defineOp({
    name: 'matMul',
    infer: ([a, b]) => [
        { shape: matMulShape(a.shape, b.shape), dtype: sameDtype('matMul', [a, b]) },
    ],
    emit: (e, inputs) => [e.op('MatMul', inputs)],
    vjp: ({ x, dy }) => {
        const [a, b] = x;
        if (b.rank === 2 && a.rank > 2) {
            // A shared matrix: its gradient is one product over all rows, not a sum over the batch.
            const rows = product(a.shape.slice(0, -1));
            const flat = (t) => reshape(t, [rows, t.dim(-1)]);
            // A weight stored [out, in] and used transposed: make the gradient in the stored layout.
            const stored = b.node?.op.name === 'transpose';
            const db = stored ? transpose(matMul(transpose(flat(dy)), flat(a))) : matMul(transpose(flat(a)), flat(dy));
            return [matMul(dy, transpose(b)), db];
        }
        return [matMul(dy, transpose(b)), matMul(transpose(a), dy)];
    },
});
/** a: [..., m, k] times b: [..., k, n]; leading axes broadcast. A transposed operand costs nothing: it is folded in when the graph is lowered. */
export function matMul(a, b) {
    return matMulOp.one([a, b], {});
}
/** alpha * op(a) op(b): what transposes and scales around a matMul become. Made by passes only. */
export const fusedMatMulOp = defineOp({
    name: 'fusedMatMul',
    infer: ([a, b], { transA, transB }) => {
        const swap = (s, t) => (t ? [...s.slice(0, -2), s.at(-1), s.at(-2)] : s);
        return [{ shape: matMulShape(swap(a.shape, transA), swap(b.shape, transB)), dtype: a.dtype }];
    },
    emit: (e, inputs, { transA, transB, alpha }) => [
        e.op('FusedMatMul', inputs, { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } }, 'com.microsoft'),
    ],
    vjp: null,
});
Tensor.prototype.matMul = function (b) {
    return matMul(this, b);
};
//# sourceMappingURL=matmul.js.map