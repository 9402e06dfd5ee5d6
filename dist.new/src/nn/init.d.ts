import type { Initializer } from '../graph/index.js';
export declare const zeros: Initializer;
export declare const ones: Initializer;
/** A constant. */
export declare const fill: (value: number) => Initializer;
/** Normal with the given standard deviation, cut at three of them. */
export declare const normal: (std: number) => Initializer;
/** Normal with std = gain / sqrt(fan in); fan in is the product of all axes but the first. */
export declare const fanIn: (gain?: number) => Initializer;
/** Uniform within ±1 / sqrt(fan in): PyTorch's kaiming_uniform with a = sqrt(5), which its linear layers and LoRA's A begin with. */
export declare const kaimingUniform: Initializer;
/**
 * 2-D sine-cosine positions for a square grid behind one class token (Chen et al. 2021; He et al. 2022): half of the width for the row,
 * half for the column, zeros for the class token. shape: [1 + side², width], width a multiple of 4.
 */
export declare const sincos2d: Initializer;
