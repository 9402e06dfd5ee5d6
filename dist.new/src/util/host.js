// Tensors in host memory: a dtype, a shape and a typed array, aligned so that kernels can use it in place.
import { SensoriumError } from './errors.js';
const constructors = {
    float32: Float32Array,
    float64: Float64Array,
    float16: Uint16Array,
    bfloat16: Uint16Array,
    int64: BigInt64Array,
    int32: Int32Array,
    int8: Int8Array,
    uint8: Uint8Array,
    bool: Uint8Array,
};
/** Bytes per element. */
export function bytesOf(dtype) {
    return constructors[dtype].BYTES_PER_ELEMENT;
}
/** Number of elements; 1 for a scalar. */
export function sizeOf(shape) {
    let n = 1;
    for (const d of shape)
        n *= d;
    return n;
}
/** 64 bytes: a cache line and an AVX-512 register. */
export const ALIGNMENT = 64;
/** Zeroed typed array whose first element lies on a 64-byte boundary of its own buffer. V8 buffers are page- or 16-byte-aligned. */
export function alignedArray(dtype, length) {
    return new constructors[dtype](new ArrayBuffer(Math.max(length, 1) * bytesOf(dtype)), 0, length);
}
/** Makes a host tensor; without `data` it is zeroed. Arrays of numbers are converted. */
export function hostTensor(dtype, shape, data) {
    const n = sizeOf(shape);
    let array;
    if (data === undefined)
        array = alignedArray(dtype, n);
    else if (Array.isArray(data)) {
        array = alignedArray(dtype, n);
        if (dtype === 'int64')
            array.set(data.map((v) => BigInt(v)));
        else
            array.set(data);
    }
    else
        array = data;
    const length = data === undefined ? n : data.length;
    if (length !== n)
        throw new SensoriumError('util.shape', 'host tensor has the wrong number of elements', {
            expected: `${n} for shape [${shape.join(',')}]`,
            got: String(length),
        });
    return { dtype, shape: [...shape], data: array };
}
/** The typed-array constructor behind a dtype. */
export function arrayType(dtype) {
    return constructors[dtype];
}
//# sourceMappingURL=host.js.map