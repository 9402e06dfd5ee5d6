// Quantized matrices: the values of a parameter in four or eight bits, which still read as the float matrix that they stand for.

import { SensoriumError } from '../util/errors.js';
import { bytesOf, type DType, type HostTensor, hostTensor, sizeOf, type TypedArrays } from '../util/host.js';

/** Bits of a quantized weight. */
export type Bits = 4 | 8;

/** A matrix [outputs, inputs] whose rows are cut in blocks with a scale each; a weight is (code - 2^(bits-1)) * scale. */
export interface BlockMatrix {
  readonly bits: Bits;
  readonly outputs: number;
  readonly inputs: number;
  /** Weights per scale. */
  readonly block: number;
  /** [outputs, inputs / block, block * bits / 8]; of two 4-bit codes in a byte, the lower half comes first. */
  readonly packed: HostTensor<'uint8'>;
  /** [outputs, inputs / block]. */
  readonly scales: HostTensor<'float32'>;
}

/** A matrix [outputs, inputs] in int8 with a scale for each output, laid out for products of int8 activations. */
export interface ChannelMatrix {
  /** [inputs, outputs]; a weight is code * scale. Once it is part of a stack, read out of that at every use of `data`: codes are held once. */
  codes: HostTensor<'int8'>;
  /** [outputs]. */
  readonly scales: HostTensor<'float32'>;
}

/** How closely ONNX Runtime's MatMulNBits computes: 0 as it likes, 1 float32, 2 float16, 3 bfloat16, 4 int8 activations (fastest). */
export type AccuracyLevel = 0 | 1 | 2 | 3 | 4;

/** What a `PackedTensor` holds: at least one of the forms. */
export interface PackedForms {
  /** For products that read every weight once (decoding), and for tables. */
  blocks?: BlockMatrix;
  /** For products of many rows (prefill, vision). */
  channels?: ChannelMatrix;
  /** Of products with `blocks`. Default 4. */
  level?: AccuracyLevel;
}

/**
 * The value of a parameter in quantized form. Programs compute with the forms; what knows only host tensors reads `data`, the
 * dequantized matrix, which is made at the first read and kept.
 */
export class PackedTensor implements HostTensor<'float32'> {
  readonly dtype = 'float32';
  private plain: Float32Array | undefined;
  constructor(
    /** [outputs, inputs]. */
    readonly shape: readonly [number, number],
    readonly forms: PackedForms,
  ) {}

  get data(): Float32Array {
    const { blocks, channels } = this.forms;
    this.plain ??= (blocks ? dequantizeBlocks(blocks) : dequantizeChannels(channels as ChannelMatrix)).data;
    return this.plain;
  }

  /** Of the quantized forms. */
  get bytes(): number {
    const { blocks, channels } = this.forms;
    const of = (...tensors: (HostTensor | undefined)[]): number =>
      tensors.reduce((n, t) => n + (t ? sizeOf(t.shape) * bytesOf(t.dtype) : 0), 0);
    return of(blocks?.packed, blocks?.scales, channels?.codes, channels?.scales);
  }
}

/** What a value is held as: the tensors of its quantized forms, or itself. */
export function storedTensors(value: HostTensor): readonly HostTensor[] {
  if (!(value instanceof PackedTensor)) return [value];
  const { blocks, channels } = value.forms;
  return [blocks?.packed, blocks?.scales, channels?.codes, channels?.scales].filter((t) => t !== undefined);
}

/** Bytes of a value as it is held. */
export function valueBytes(value: HostTensor): number {
  return value instanceof PackedTensor ? value.bytes : value.data.byteLength;
}

function cannot(weight: HostTensor, expected: string): SensoriumError {
  return new SensoriumError('weights.quantize', 'this tensor cannot be quantized', {
    expected,
    got: `${weight.dtype} [${weight.shape.join(',')}]`,
  });
}

/**
 * Quantizes a matrix [outputs, inputs], symmetric: the element of largest magnitude in a block gets the lowest code exactly and the
 * scale takes its sign (llama.cpp's Q4_0 and, with eight bits, Q8_0's range), so all codes are used. Throws `weights.quantize` where
 * rows do not divide into blocks.
 */
export function quantizeBlocks(weight: HostTensor, { bits, block }: { bits: Bits; block: number }): BlockMatrix {
  const [outputs = 0, inputs = 0] = weight.shape;
  if (weight.shape.length !== 2 || weight.dtype !== 'float32' || inputs % block !== 0 || block % 2 !== 0)
    throw cannot(weight, `float32 [outputs, a multiple of ${block}]`);
  const from = weight.data as Float32Array;
  const scales = hostTensor('float32', [outputs, inputs / block]);
  const packed = hostTensor('uint8', [outputs, inputs / block, (block * bits) / 8]);
  // Plain locals: these loops see every weight of a model.
  const [half, most] = [1 << (bits - 1), (1 << bits) - 1];
  const [to, factors] = [packed.data, scales.data];
  for (let b = 0; b < factors.length; b++) {
    const [start, end] = [b * block, (b + 1) * block];
    let [low, high] = [0, 0];
    for (let i = start; i < end; i++) {
      const v = from[i] as number;
      if (v < low) low = v;
      else if (v > high) high = v;
    }
    const scale = Math.fround((high > -low ? high : low) / -half);
    factors[b] = scale;
    const inverse = scale === 0 ? 0 : 1 / scale;
    // Codes are not negative before they are cut, so cutting off the fraction of x + 0.5 rounds.
    const middle = half + 0.5;
    if (bits === 8)
      for (let i = start; i < end; i++) {
        const code = ((from[i] as number) * inverse + middle) | 0;
        to[i] = code > most ? most : code;
      }
    else
      for (let i = start; i < end; i += 2) {
        const even = ((from[i] as number) * inverse + middle) | 0;
        const odd = ((from[i + 1] as number) * inverse + middle) | 0;
        to[i >> 1] = (even > most ? most : even) | ((odd > most ? most : odd) << 4);
      }
  }
  return { bits, outputs, inputs, block, packed, scales };
}

/** The float matrix that a quantized one stands for. */
export function dequantizeBlocks({ bits, outputs, inputs, block, packed, scales }: BlockMatrix): HostTensor<'float32'> {
  const out = hostTensor('float32', [outputs, inputs]);
  const half = 1 << (bits - 1);
  for (let b = 0; b < scales.data.length; b++) {
    const scale = scales.data[b] as number;
    for (let i = b * block; i < (b + 1) * block; i++) {
      const byte = packed.data[bits === 8 ? i : i >> 1] as number;
      const code = bits === 8 ? byte : i % 2 === 0 ? byte & 15 : byte >> 4;
      out.data[i] = (code - half) * scale;
    }
  }
  return out;
}

/** Matrices with the same inputs, bits and blocks, one below the other. Parts that follow each other in memory are not copied. */
export function stackBlocks(parts: readonly BlockMatrix[]): BlockMatrix {
  const { bits, inputs, block } = parts[0] as BlockMatrix;
  const outputs = parts.reduce((n, p) => n + p.outputs, 0);
  return {
    ...{ bits, outputs, inputs, block },
    packed: joined(
      'uint8',
      parts.map((p) => p.packed),
      [outputs, inputs / block, (block * bits) / 8],
    ),
    scales: joined(
      'float32',
      parts.map((p) => p.scales),
      [outputs, inputs / block],
    ),
  };
}

function joined<D extends 'uint8' | 'float32'>(dtype: D, parts: readonly HostTensor<D>[], shape: readonly number[]): HostTensor<D> {
  const arrays = parts.map((p) => p.data as Uint8Array | Float32Array);
  const [first] = arrays as [Uint8Array | Float32Array];
  const follows = arrays.every((a, i) => {
    const before = arrays[i - 1];
    return before === undefined || (a.buffer === before.buffer && a.byteOffset === before.byteOffset + before.byteLength);
  });
  if (follows) {
    const length = arrays.reduce((n, a) => n + a.length, 0);
    const Type = first.constructor as Uint8ArrayConstructor;
    return { dtype, shape, data: new Type(first.buffer as ArrayBuffer, first.byteOffset, length) as HostTensor<D>['data'] };
  }
  const out = hostTensor(dtype, shape);
  let at = 0;
  for (const a of arrays) {
    (out.data as Uint8Array).set(a as Uint8Array, at);
    at += a.length;
  }
  return out;
}

/** Quantizes a matrix [outputs, inputs] to int8 with one scale for each output, symmetric. */
export function quantizeChannels(weight: HostTensor): ChannelMatrix {
  const [outputs = 0, inputs = 0] = weight.shape;
  if (weight.shape.length !== 2 || weight.dtype !== 'float32') throw cannot(weight, 'float32 [outputs, inputs]');
  const codes = hostTensor('int8', [inputs, outputs]);
  const scales = hostTensor('float32', [outputs]);
  fillChannels(weight.data as Float32Array, { codes, scales }, 0);
  return { codes, scales };
}

/** Rows and columns that are transposed together. */
const TILE = 64;

/** Quantizes consecutive rows of a matrix into `into`, from its output `first` on; for matrices that are read piece by piece. */
export function fillChannels(rows: Float32Array, { codes, scales }: ChannelMatrix, first: number): void {
  const [inputs, outputs] = codes.shape as [number, number];
  const to = codes.data;
  const count = rows.length / inputs;
  const inverse = new Float32Array(count);
  for (let r = 0; r < count; r++) {
    let most = 0;
    for (let i = r * inputs; i < (r + 1) * inputs; i++) {
      const v = Math.abs(rows[i] as number);
      if (v > most) most = v;
    }
    const scale = Math.fround(most / 127);
    scales.data[first + r] = scale;
    inverse[r] = scale === 0 ? 0 : 1 / scale;
  }
  // In tiles: a column at a time would miss the cache with every element.
  for (let i0 = 0; i0 < inputs; i0 += TILE)
    for (let r0 = 0; r0 < count; r0 += TILE)
      for (let i = i0; i < Math.min(i0 + TILE, inputs); i++) {
        const at = i * outputs + first;
        const end = Math.min(r0 + TILE, count);
        for (let r = r0; r < end; r++) {
          const code = (((rows[r * inputs + i] as number) * (inverse[r] as number) + 128.5) | 0) - 128; // rounds: the sum is positive
          to[at + r] = code > 127 ? 127 : code < -127 ? -127 : code;
        }
      }
}

/** The float matrix [outputs, inputs] that int8 channels stand for. */
export function dequantizeChannels(matrix: ChannelMatrix): HostTensor<'float32'> {
  const [inputs, outputs] = matrix.codes.shape as [number, number];
  const [codes, scales] = [matrix.codes.data, matrix.scales.data];
  const out = hostTensor('float32', [outputs, inputs]);
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) out.data[o * inputs + i] = (codes[i * outputs + o] as number) * (scales[o] as number);
  return out;
}

/** A tensor whose elements are made at the first read. */
class Deferred<D extends DType> implements HostTensor<D> {
  private made: TypedArrays[D] | undefined;
  constructor(
    readonly dtype: D,
    readonly shape: readonly number[],
    private readonly make: () => TypedArrays[D],
  ) {}
  get data(): TypedArrays[D] {
    this.made ??= this.make();
    return this.made;
  }
}

/**
 * Matrices with the same inputs, side by side: [inputs, the sum of their outputs]. `offset`: added to every code, which makes uint8 of
 * int8. One matrix without an offset is itself. Codes are moved at the first read; from then on the parts read theirs out of the stack.
 */
export function stackChannels(
  parts: readonly ChannelMatrix[],
  offset?: 128,
): { codes: HostTensor<'int8' | 'uint8'>; scales: HostTensor<'float32'> } {
  const [first] = parts as [ChannelMatrix];
  if (parts.length === 1 && offset === undefined) return first;
  const [inputs] = first.codes.shape as [number, number];
  const outputs = parts.reduce((n, { scales }) => n + scales.data.length, 0);
  const scales = hostTensor('float32', [outputs]);
  let end = 0;
  const columns = parts.map((part) => {
    const at = end;
    scales.data.set(part.scales.data, at);
    end += part.scales.data.length;
    return { part, at };
  });
  const [dtype, plus] = offset === undefined ? (['int8', 0] as const) : (['uint8', offset] as const);
  const move = (): Int8Array | Uint8Array => {
    const whole = hostTensor(dtype, [inputs, outputs]).data;
    for (const { part, at } of columns) {
      const { shape, data } = part.codes;
      const width = shape[1] as number;
      for (let i = 0; i < inputs; i++) copyCodes(data, i * width, width, whole, i * outputs + at, plus);
      part.codes = {
        dtype: 'int8',
        shape,
        get data() {
          const own = hostTensor('int8', shape).data;
          for (let i = 0; i < inputs; i++) copyCodes(whole, i * outputs + at, width, own, i * width, -plus);
          return own;
        },
      };
    }
    return whole;
  };
  return { codes: new Deferred<'int8' | 'uint8'>(dtype, [inputs, outputs], move), scales };
}

function copyCodes(from: Int8Array | Uint8Array, start: number, count: number, to: Int8Array | Uint8Array, at: number, plus: number): void {
  for (let i = 0; i < count; i++) to[at + i] = (from[start + i] as number) + plus;
}
