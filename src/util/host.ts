// Tensors in host memory: a dtype, a shape and a typed array, aligned so that kernels can use it in place.

import { SensoriumError } from './errors.js';

/** Element types that cross the boundary to ONNX Runtime. float16/bfloat16 are kept as raw 16-bit words. */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

export interface TypedArrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}
export type TypedArray = TypedArrays[DType];

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
} as const;

/** Bytes per element. */
export function bytesOf(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

/** A tensor in host memory. `data` is used in place by the native runtime: keep it alive while a program may run on it. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrays[D];
}

/** 64 bytes: a cache line and an AVX-512 register. */
export const ALIGNMENT = 64;

/** Zeroed typed array whose first element lies on a 64-byte boundary of its own buffer. V8 buffers are page- or 16-byte-aligned. */
export function alignedArray<D extends DType>(dtype: D, length: number): TypedArrays[D] {
  return new constructors[dtype](new ArrayBuffer(Math.max(length, 1) * bytesOf(dtype)), 0, length) as TypedArrays[D];
}

/** Makes a host tensor; without `data` it is zeroed. Arrays of numbers are converted. */
export function hostTensor<D extends DType>(dtype: D, shape: readonly number[], data?: TypedArrays[D] | readonly number[]): HostTensor<D> {
  const n = sizeOf(shape);
  let array: TypedArrays[D];
  if (data === undefined) array = alignedArray(dtype, n);
  else if (Array.isArray(data)) {
    array = alignedArray(dtype, n);
    if (dtype === 'int64') (array as BigInt64Array).set(data.map((v) => BigInt(v)));
    else (array as Float32Array).set(data as number[]);
  } else array = data as TypedArrays[D];
  const length = data === undefined ? n : (data as ArrayLike<unknown>).length;
  if (length !== n)
    throw new SensoriumError('util.shape', 'host tensor has the wrong number of elements', {
      expected: `${n} for shape [${shape.join(',')}]`,
      got: String(length),
    });
  return { dtype, shape: [...shape], data: array };
}

/** The typed-array constructor behind a dtype. */
export function arrayType(dtype: DType): (typeof constructors)[DType] {
  return constructors[dtype];
}
