// Rotary position embedding as one row: its gradient is the rotation backwards.
import { hostTensor } from '../../util/host.js';
import { defineOp } from '../op.js';
import { shapeError, showShape } from '../shape.js';
import { constant } from '../tensor.js';
/** Cosines and sines for `positions` positions: angle = position * theta^(-2 i / headDim) (Su et al. 2021). */
export function rotaryTable(positions, headDim, theta = 10000) {
    const half = headDim / 2;
    const cos = new Float32Array(positions * half);
    const sin = new Float32Array(positions * half);
    for (let p = 0; p < positions; p++)
        for (let i = 0; i < half; i++) {
            const angle = p * theta ** ((-2 * i) / headDim);
            cos[p * half + i] = Math.cos(angle);
            sin[p * half + i] = Math.sin(angle);
        }
    return { cos: constant(hostTensor('float32', [positions, half], cos)), sin: constant(hostTensor('float32', [positions, half], sin)) };
}
const rotaryOp = defineOp({
    name: 'rotary',
    infer: ([x, ids, cos]) => {
        const t = x;
        if (t.rank !== 4 || ids.rank !== 2 || cos.size(1) * 2 !== t.size(3))
            throw shapeError('rotary', `x ${showShape(t.shape)}, positions ${showShape(ids.shape)} and table ${showShape(cos.shape)} do not fit`);
        return [{ shape: t.shape, dtype: t.dtype }];
    },
    emit: (e, [x, ids, cos, sin], { inverse }, node) => {
        const position = node.inputs[1].dtype === 'int64' ? ids : e.op('Cast', [ids], { to: 7 });
        return [
            e.op('RotaryEmbedding', [x, position, cos, inverse ? e.op('Neg', [sin]) : sin], { interleaved: 0 }, 'com.microsoft'),
        ];
    },
    vjp: ({ x: [, ids, cos, sin], dy, attrs }) => [
        rotaryOp.one([dy, ids, cos, sin], { inverse: !attrs.inverse }),
        null,
        null,
        null,
    ],
});
/** Rotates pairs (i, i + headDim/2). x: [batch, heads, n, headDim], positions: int [batch, n]. */
export function rotary(x, positions, table) {
    return rotaryOp.one([x, positions, table.cos, table.sin], { inverse: false });
}
//# sourceMappingURL=rotary.js.map