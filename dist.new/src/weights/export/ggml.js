// Tensor types of GGUF as bytes: float32, float16, and the blocks of 32 weights with one scale that llama.cpp computes with.
import { float32ToFloat16 } from '../half.js';
import { BLOCK, blockScales, eightBits } from './fewer-bits.js';
/** Numbers of the types in a file. */
export const GGML_TYPE = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 };
/** Bytes of a block. */
const BLOCK_BYTES = { Q8_0: 2 + BLOCK, Q4_0: 2 + BLOCK / 2 };
/** Bytes of `count` weights. */
export function ggmlBytes(type, count) {
    if (type === 'F32')
        return count * 4;
    return type === 'F16' ? count * 2 : (count / BLOCK) * BLOCK_BYTES[type];
}
/** Weights as a type of GGUF. Rows of the block types must be multiples of 32 long. */
export function ggmlEncode(type, values) {
    if (type === 'F32')
        return bytesOf(values);
    if (type === 'F16')
        return bytesOf(float32ToFloat16(values));
    return type === 'Q8_0' ? q8(values) : q4(values);
}
function bytesOf(data) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
/** A scale of |largest| / 127, then 32 signed bytes. */
function q8(values) {
    const { levels, scales } = eightBits(values, { rows: values.length / BLOCK, width: BLOCK });
    const bytes = new Uint8Array(levels.buffer);
    return blocksOf('Q8_0', scales, (b, out) => out.set(bytes.subarray(b * BLOCK, (b + 1) * BLOCK)));
}
/** A scale that makes the weight of largest magnitude -8, then 16 bytes: weight i in the lower half of byte i, weight i + 16 in the upper. */
function q4(values) {
    const half = BLOCK / 2;
    const scales = blockScales(values, BLOCK);
    return blocksOf('Q4_0', scales, (b, out) => {
        const inverse = scales[b] === 0 ? 0 : 1 / scales[b];
        const level = (i) => Math.min(15, Math.floor(values[b * BLOCK + i] * inverse + 8.5));
        for (let i = 0; i < half; i++)
            out[i] = level(i) | (level(i + half) << 4);
    });
}
/** Blocks one after the other: a scale in half precision, then what `fill` puts there. */
function blocksOf(type, scales, fill) {
    const size = BLOCK_BYTES[type];
    const out = new Uint8Array(scales.length * size);
    const view = new DataView(out.buffer);
    float32ToFloat16(scales).forEach((half, b) => {
        view.setUint16(b * size, half, true);
        fill(b, out.subarray(b * size + 2, (b + 1) * size));
    });
    return out;
}
//# sourceMappingURL=ggml.js.map