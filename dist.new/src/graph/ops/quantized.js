// Products and tables with quantized frozen weights: ONNX Runtime's contributed operators. Made by inference passes only.
import { defineOp } from '../op.js';
import { indexing, shapeError, showShape } from '../shape.js';
/**
 * x Wᵀ with W in blocks. x: [..., inputs], packed: uint8 [outputs, inputs / block, block * bits / 8] (the lower nibble first),
 * scales: [outputs, inputs / block]; a weight is (code - 2^(bits-1)) * scale -> [..., outputs].
 */
export const matMulNBitsOp = defineOp({
    name: 'matMulNBits',
    infer: ([x, packed, scales], { inputs, outputs, block, bits = 4 }) => {
        const [t, p, s] = [x, packed, scales];
        if (inputs % block !== 0 || t.dim(-1) !== inputs)
            throw shapeError('matMulNBits', `${showShape(t.shape)} does not fit ${inputs} inputs in blocks of ${block}`);
        const blocks = inputs / block;
        const fits = (shape, wanted) => shape.join() === wanted.join();
        if (p.dtype !== 'uint8' || !fits(p.shape, [outputs, blocks, (block * bits) / 8]) || !fits(s.shape, [outputs, blocks]))
            throw shapeError('matMulNBits', `packed ${showShape(p.shape)} and scales ${showShape(s.shape)} do not fit ${outputs} outputs of ${inputs} inputs`);
        return [{ shape: [...t.shape.slice(0, -1), outputs], dtype: t.dtype }];
    },
    emit: (e, inputs, a) => [
        e.op('MatMulNBits', inputs, { K: a.inputs, N: a.outputs, bits: a.bits ?? 4, block_size: a.block, accuracy_level: a.level }, 'com.microsoft'),
    ],
    vjp: null,
});
/** Rows of a table in blocks. packed: uint8 [rows, inputs * bits / 8], ids: int [...], scales: [rows, inputs / block] -> [..., inputs]. */
export const gatherBlocksOp = defineOp({
    name: 'gatherBlocks',
    infer: ([packed, ids, scales], { inputs, block, bits }) => {
        const [p, i, s] = [packed, ids, scales];
        indexing('gatherBlocks', i);
        if (p.dtype !== 'uint8' || p.dim(-1) !== (inputs * bits) / 8 || s.dim(-1) !== inputs / block || p.dim(0) !== s.dim(0))
            throw shapeError('gatherBlocks', `packed ${showShape(p.shape)} and scales ${showShape(s.shape)} do not fit rows of ${inputs}`);
        return [{ shape: [...i.shape, inputs], dtype: 'float32' }];
    },
    emit: (e, inputs, { block, bits }) => [
        e.op('GatherBlockQuantized', inputs, { bits, block_size: block, gather_axis: 0, quantize_axis: 1 }, 'com.microsoft'),
    ],
    vjp: null,
});
/** The least magnitude that a row is scaled by: rows of zeros stay zeros. */
const TINY = 1e-30;
/** What zero is in unsigned bytes: activations are unsigned, which the fast kernels ask for. */
const ZERO = { dtype: 'uint8', shape: [], data: Uint8Array.of(128) };
/**
 * Activations to eight bits, each row by its own largest magnitude, so that a row's result never depends on the rows beside it
 * (DynamicQuantizeMatMul has one scale for all of them). x: [..., inputs] -> codes uint8 [..., inputs], scales [..., 1].
 */
export const quantizeRowsOp = defineOp({
    name: 'quantizeRows',
    infer: ([x]) => {
        const t = x;
        return [
            { shape: t.shape, dtype: 'uint8' },
            { shape: [...t.shape.slice(0, -1), 1], dtype: 'float32' },
        ];
    },
    emit: (e, [x], _, node) => {
        let top = e.op('ReduceMax', [e.op('Abs', [x]), e.ints([-1])], { keepdims: 1 });
        // Rows that were picked, which have two dimensions, may be none: ONNX Runtime gives an empty tensor back instead of reducing it.
        if (node.inputs[0]?.rank === 2)
            top = e.op('Slice', [top, e.ints([0]), e.ints([1]), e.ints([-1])]);
        const most = e.op('Max', [top, e.scalar(TINY)]);
        const scales = e.op('Mul', [most, e.scalar(1 / 127)]);
        return [e.op('QuantizeLinear', [e.op('Div', [x, scales]), e.scalar(1), e.value(ZERO)]), scales];
    },
    vjp: null,
});
/**
 * x Wᵀ with eight bits on both sides and sums in int32. codes and scales: of `quantizeRows`; weight: [inputs, outputs], int8, or
 * uint8 around 128; weightScales: [outputs] -> [..., outputs].
 */
export const matMulInt8Op = defineOp({
    name: 'matMulInt8',
    infer: ([codes, , weight, weightScales]) => {
        const [c, w, s] = [codes, weight, weightScales];
        if (c.dim(-1) !== w.dim(0) || w.dim(1) !== s.dim(0))
            throw shapeError('matMulInt8', `${showShape(c.shape)} does not fit int8 ${showShape(w.shape)} with scales ${showShape(s.shape)}`);
        return [{ shape: [...c.shape.slice(0, -1), w.dim(1)], dtype: 'float32' }];
    },
    emit: (e, [codes, scales, weight, weightScales], _, node) => {
        const operands = [codes, weight, e.scalar(1), weightScales, e.value(ZERO)];
        if (node.inputs[2].dtype === 'uint8')
            operands.push(e.value(ZERO));
        return [e.op('Mul', [e.op('MatMulIntegerToFloat', operands, undefined, 'com.microsoft'), scales])];
    },
    vjp: null,
});
//# sourceMappingURL=quantized.js.map