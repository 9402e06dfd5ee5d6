// Tensor types of GGUF as bytes: float32, float16, and the blocks of 32 weights with one scale that llama.cpp computes with.

import { float32ToFloat16 } from '../half.js';
import { BLOCK, blockScales, eightBits } from './fewer-bits.js';

/** The types that are written. */
export type GgmlType = 'F32' | 'F16' | 'Q8_0' | 'Q4_0';

/** Numbers of the types in a file. */
export const GGML_TYPE: Readonly<Record<GgmlType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 };

/** Bytes of a block. */
const BLOCK_BYTES = { Q8_0: 2 + BLOCK, Q4_0: 2 + BLOCK / 2 } as const;

/** Bytes of `count` weights. */
export function ggmlBytes(type: GgmlType, count: number): number {
  if (type === 'F32') return count * 4;
  return type === 'F16' ? count * 2 : (count / BLOCK) * BLOCK_BYTES[type];
}

/** Weights as a type of GGUF. Rows of the block types must be multiples of 32 long. */
export function ggmlEncode(type: GgmlType, values: Float32Array): Uint8Array {
  if (type === 'F32') return bytesOf(values);
  if (type === 'F16') return bytesOf(float32ToFloat16(values));
  return type === 'Q8_0' ? q8(values) : q4(values);
}

function bytesOf(data: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A scale of |largest| / 127, then 32 signed bytes. */
function q8(values: Float32Array): Uint8Array {
  const { levels, scales } = eightBits(values, { rows: values.length / BLOCK, width: BLOCK });
  const bytes = new Uint8Array(levels.buffer);
  return blocksOf('Q8_0', scales, (b, out) => out.set(bytes.subarray(b * BLOCK, (b + 1) * BLOCK)));
}

/** A scale that makes the weight of largest magnitude -8, then 16 bytes: weight i in the lower half of byte i, weight i + 16 in the upper. */
function q4(values: Float32Array): Uint8Array {
  const half = BLOCK / 2;
  const scales = blockScales(values, BLOCK);
  return blocksOf('Q4_0', scales, (b, out) => {
    const inverse = scales[b] === 0 ? 0 : 1 / (scales[b] as number);
    const level = (i: number): number => Math.min(15, Math.floor((values[b * BLOCK + i] as number) * inverse + 8.5));
    for (let i = 0; i < half; i++) out[i] = level(i) | (level(i + half) << 4);
  });
}

/** Blocks one after the other: a scale in half precision, then what `fill` puts there. */
function blocksOf(type: keyof typeof BLOCK_BYTES, scales: Float32Array, fill: (block: number, out: Uint8Array) => void): Uint8Array {
  const size = BLOCK_BYTES[type];
  const out = new Uint8Array(scales.length * size);
  const view = new DataView(out.buffer);
  float32ToFloat16(scales).forEach((half, b) => {
    view.setUint16(b * size, half, true);
    fill(b, out.subarray(b * size + 2, (b + 1) * size));
  });
  return out;
}
