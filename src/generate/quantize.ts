// Weights in four bits: rows in blocks with one scale each, as com.microsoft.MatMulNBits reads them.

import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';

/** A matrix [outputs, inputs] in 4-bit blocks; a weight is (nibble - 8) * scale. */
export interface Int4Matrix {
  readonly outputs: number;
  readonly inputs: number;
  readonly block: number;
  /** [outputs, inputs / block, block / 2]; element 2i of a block is the lower nibble of byte i. */
  readonly packed: HostTensor<'uint8'>;
  /** [outputs * inputs / block]. */
  readonly scales: HostTensor<'float32'>;
}

/** Weights per scale. */
export const INT4_BLOCK = 32;

/**
 * Quantises a matrix [outputs, inputs] to four bits, symmetric: the element of largest magnitude in a block becomes -8 exactly,
 * and the scale takes its sign (llama.cpp's Q4_0), so all sixteen levels are used. Throws `generate.quantize` where rows do not
 * divide into blocks.
 */
export function quantizeInt4(weight: HostTensor, block: number = INT4_BLOCK): Int4Matrix {
  const [outputs = 0, inputs = 0] = weight.shape;
  if (weight.shape.length !== 2 || weight.dtype !== 'float32' || inputs % block !== 0 || block % 2 !== 0)
    throw new SensoriumError('generate.quantize', 'this tensor cannot be quantised', {
      expected: `float32 [outputs, a multiple of ${block}]`,
      got: `${weight.dtype} [${weight.shape.join(',')}]`,
    });
  const from = weight.data as Float32Array;
  const scales = hostTensor('float32', [(outputs * inputs) / block]);
  const packed = hostTensor('uint8', [outputs, inputs / block, block / 2]);
  for (let b = 0; b < scales.data.length; b++) {
    const start = b * block;
    let extreme = 0;
    for (let i = start; i < start + block; i++) if (Math.abs(from[i] as number) > Math.abs(extreme)) extreme = from[i] as number;
    const scale = extreme === 0 ? 0 : Math.fround(extreme / -8);
    scales.data[b] = scale;
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let i = 0; i < block; i += 2) {
      const low = Math.min(15, Math.round((from[start + i] as number) * inverse) + 8);
      const high = Math.min(15, Math.round((from[start + i + 1] as number) * inverse) + 8);
      packed.data[(start + i) >> 1] = low | (high << 4);
    }
  }
  return { outputs, inputs, block, packed, scales };
}

/** The float matrix that a quantised one stands for. */
export function dequantizeInt4({ outputs, inputs, block, packed, scales }: Int4Matrix): HostTensor<'float32'> {
  const out = hostTensor('float32', [outputs, inputs]);
  for (let i = 0; i < out.data.length; i++) {
    const byte = packed.data[i >> 1] as number;
    out.data[i] = ((i % 2 === 0 ? byte & 15 : byte >> 4) - 8) * (scales.data[Math.floor(i / block)] as number);
  }
  return out;
}

/** Matrices with the same inputs, one below the other. */
export function stackInt4(parts: readonly Int4Matrix[]): Int4Matrix {
  const [first] = parts as [Int4Matrix];
  const { inputs, block } = first;
  const outputs = parts.reduce((n, p) => n + p.outputs, 0);
  const packed = hostTensor('uint8', [outputs, inputs / block, block / 2]);
  const scales = hostTensor('float32', [(outputs * inputs) / block]);
  let row = 0;
  for (const p of parts) {
    packed.data.set(p.packed.data, (row * inputs) / 2);
    scales.data.set(p.scales.data, (row * inputs) / block);
    row += p.outputs;
  }
  return { outputs, inputs, block, packed, scales };
}
