// 16-bit floats to and from 32 bits: checkpoints come in float16 and bfloat16, the CPU computes in float32.
import { SensoriumError } from '../util/errors.js';
import { alignedArray } from '../util/host.js';
/** IEEE half-precision words to float32; exact, subnormals, infinities and NaN included. */
export function float16ToFloat32(words) {
    const out = alignedArray('float32', words.length);
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < words.length; i++) {
        const h = words[i];
        const sign = (h & 0x8000) << 16;
        const exponent = (h >> 10) & 31;
        const fraction = h & 0x3ff;
        if (exponent === 0) {
            out[i] = fraction * 2 ** -24; // zero and subnormals
            bits[i] = bits[i] | sign;
        }
        else
            bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
    }
    return out;
}
/** bfloat16 words to float32; exact. */
export function bfloat16ToFloat32(words) {
    const out = alignedArray('float32', words.length);
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < words.length; i++)
        bits[i] = words[i] << 16;
    return out;
}
/** float32 to IEEE half precision, rounded to nearest even; above 65504 (rounded) it becomes infinite. */
export function float32ToFloat16(values) {
    const out = alignedArray('float16', values.length);
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < values.length; i++) {
        const b = bits[i];
        const sign = (b >>> 16) & 0x8000;
        const magnitude = b & 0x7fffffff;
        let half;
        if (magnitude > 0x7f800000)
            half = 0x7e00 | ((magnitude >> 13) & 0x3ff); // NaN stays NaN
        else if (magnitude >= 0x477ff000)
            half = 0x7c00; // 65520 and above round to infinity
        else if (magnitude >= 0x38800000)
            half = roundShift(magnitude - 0x38000000, 13);
        else if (magnitude < 0x33000000)
            half = 0; // below half of the smallest subnormal
        else
            half = roundShift((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >> 23));
        out[i] = sign | half;
    }
    return out;
}
/** float32 to bfloat16, rounded to nearest even. */
export function float32ToBfloat16(values) {
    const out = alignedArray('bfloat16', values.length);
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < values.length; i++) {
        const b = bits[i];
        out[i] = (b & 0x7fffffff) > 0x7f800000 ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
    }
    return out;
}
/** value / 2^shift, to nearest, ties to even. */
function roundShift(value, shift) {
    const kept = value >>> shift;
    const rest = value & ((1 << shift) - 1);
    const half = 1 << (shift - 1);
    return kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0);
}
const FLOATS = new Set(['float32', 'float64', 'float16', 'bfloat16']);
/** True for the floating-point types. */
export function isFloat(dtype) {
    return FLOATS.has(dtype);
}
/** The tensor in another floating-point type, by way of float32; the same tensor when it already has it. Errors: `weights.dtype`. */
export function castFloat(tensor, dtype, place) {
    if (tensor.dtype === dtype)
        return tensor;
    if (!isFloat(tensor.dtype))
        throw new SensoriumError('weights.dtype', 'only floating-point tensors are converted', {
            place,
            expected: [...FLOATS].join(', '),
            got: tensor.dtype,
            hint: `Read it as it is, without as: '${dtype}'`,
        });
    const { shape } = tensor;
    let values;
    if (tensor.dtype === 'float16')
        values = float16ToFloat32(tensor.data);
    else if (tensor.dtype === 'bfloat16')
        values = bfloat16ToFloat32(tensor.data);
    else if (tensor.dtype === 'float64')
        values = Float32Array.from(tensor.data);
    else
        values = tensor.data;
    const data = dtype === 'float32' ? values : dtype === 'float16' ? float32ToFloat16(values) : float32ToBfloat16(values);
    return { dtype, shape, data };
}
//# sourceMappingURL=half.js.map