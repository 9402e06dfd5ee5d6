// Tensor types of GGUF as bytes: float32, float16, and the blocks of 32 weights with one scale that llama.cpp computes with.

import { float32ToFloat16 } from '../half.js';

/** The types that are written. */
export type GgmlType = 'F32' | 'F16' | 'Q8_0' | 'Q4_0';

/** Numbers of the types in a file. */
export const GGML_TYPE: Readonly<Record<GgmlType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 };

/** Weights that share a scale. */
export const GGML_BLOCK = 32;
const BLOCK_BYTES = { Q8_0: 2 + GGML_BLOCK, Q4_0: 2 + GGML_BLOCK / 2 } as const;

/** Bytes of `count` weights. */
export function ggmlBytes(type: GgmlType, count: number): number {
  if (type === 'F32') return count * 4;
  return type === 'F16' ? count * 2 : (count / GGML_BLOCK) * BLOCK_BYTES[type];
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
  const out = new Uint8Array(ggmlBytes('Q8_0', values.length));
  const view = new DataView(out.buffer);
  const scales = new Float32Array(values.length / GGML_BLOCK);
  for (let b = 0; b < scales.length; b++) {
    let top = 0;
    for (let i = 0; i < GGML_BLOCK; i++) top = Math.max(top, Math.abs(values[b * GGML_BLOCK + i] as number));
    scales[b] = top / 127;
    const inverse = top === 0 ? 0 : 127 / top;
    for (let i = 0; i < GGML_BLOCK; i++)
      view.setInt8(b * BLOCK_BYTES.Q8_0 + 2 + i, Math.round((values[b * GGML_BLOCK + i] as number) * inverse));
  }
  float32ToFloat16(scales).forEach((half, b) => {
    view.setUint16(b * BLOCK_BYTES.Q8_0, half, true);
  });
  return out;
}

/** A scale that makes the weight of largest magnitude -8, then 16 bytes: weight i in the lower half of byte i, weight i + 16 in the upper. */
function q4(values: Float32Array): Uint8Array {
  const out = new Uint8Array(ggmlBytes('Q4_0', values.length));
  const view = new DataView(out.buffer);
  const scales = new Float32Array(values.length / GGML_BLOCK);
  for (let b = 0; b < scales.length; b++) {
    const start = b * GGML_BLOCK;
    let extreme = 0;
    for (let i = 0; i < GGML_BLOCK; i++) {
      const v = values[start + i] as number;
      if (Math.abs(v) > Math.abs(extreme)) extreme = v;
    }
    scales[b] = extreme / -8;
    const inverse = extreme === 0 ? 0 : -8 / extreme;
    const level = (i: number): number => Math.min(15, Math.floor((values[start + i] as number) * inverse + 8.5));
    const half = GGML_BLOCK / 2;
    for (let i = 0; i < half; i++) out[b * BLOCK_BYTES.Q4_0 + 2 + i] = level(i) | (level(i + half) << 4);
  }
  float32ToFloat16(scales).forEach((half, b) => {
    view.setUint16(b * BLOCK_BYTES.Q4_0, half, true);
  });
  return out;
}
