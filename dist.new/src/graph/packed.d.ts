import { type HostTensor } from '../util/host.js';
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
export declare class PackedTensor implements HostTensor<'float32'> {
    /** [outputs, inputs]. */
    readonly shape: readonly [number, number];
    readonly forms: PackedForms;
    readonly dtype = "float32";
    private plain;
    constructor(
    /** [outputs, inputs]. */
    shape: readonly [number, number], forms: PackedForms);
    get data(): Float32Array;
    /** Of the quantized forms. */
    get bytes(): number;
}
/** Bytes of a value as it is held. */
export declare function valueBytes(value: HostTensor): number;
/**
 * Quantizes a matrix [outputs, inputs], symmetric: the element of largest magnitude in a block gets the lowest code exactly and the
 * scale takes its sign (llama.cpp's Q4_0 and, with eight bits, Q8_0's range), so all codes are used. Throws `weights.quantize` where
 * rows do not divide into blocks.
 */
export declare function quantizeBlocks(weight: HostTensor, { bits, block }: {
    bits: Bits;
    block: number;
}): BlockMatrix;
/** The float matrix that a quantized one stands for. */
export declare function dequantizeBlocks({ bits, outputs, inputs, block, packed, scales }: BlockMatrix): HostTensor<'float32'>;
/** Matrices with the same inputs, bits and blocks, one below the other. Parts that follow each other in memory are not copied. */
export declare function stackBlocks(parts: readonly BlockMatrix[]): BlockMatrix;
/** Quantizes a matrix [outputs, inputs] to int8 with one scale for each output, symmetric. */
export declare function quantizeChannels(weight: HostTensor): ChannelMatrix;
/** Quantizes consecutive rows of a matrix into `into`, from its output `first` on; for matrices that are read piece by piece. */
export declare function fillChannels(rows: Float32Array, { codes, scales }: ChannelMatrix, first: number): void;
/** The float matrix [outputs, inputs] that int8 channels stand for. */
export declare function dequantizeChannels(matrix: ChannelMatrix): HostTensor<'float32'>;
/**
 * Matrices with the same inputs, side by side: [inputs, the sum of their outputs]. `offset`: added to every code, which makes uint8 of
 * int8. One matrix without an offset is itself. Codes are moved at the first read; from then on the parts read theirs out of the stack.
 */
export declare function stackChannels(parts: readonly ChannelMatrix[], offset?: 128): {
    codes: HostTensor<'int8' | 'uint8'>;
    scales: HostTensor<'float32'>;
};
