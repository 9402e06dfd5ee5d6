/** Pillow's filters; their codes (`resample` in preprocessor_config.json) are the indices of `RESAMPLE_CODES`. */
export type ResizeFilter = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming';
/** Index is Pillow's code: 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming. */
export declare const RESAMPLE_CODES: readonly ResizeFilter[];
/** Bits after the binary point of a weight: 8-bit pixels and two guard bits leave 22 of 32. */
export declare const PRECISION_BITS: number;
/**
 * Whose fixed-point weights: both go over columns, round to 8 bits, then over rows, by the same kernels. Pillow's weights have 22 bits after
 * the binary point; torch's, which torchvision has for uint8 with antialias, are 16-bit numbers.
 */
export type ResizeArithmetic = 'pillow' | 'torch';
/** One axis of a resize. All lengths in pixels. */
export interface Axis {
    /** Length of the canvas that is resized. */
    from: number;
    to: number;
    /** The wanted part of the result: positions `at` to `at + size`. */
    at: number;
    size: number;
    /** Where on the canvas the image lies; the rest has one color. */
    start: number;
    length: number;
}
/** Positions from the first up to, but not including, the end. */
export type Range = [first: number, end: number];
/** How each wanted position of one axis is made of positions of the image. */
export interface Taps {
    /** Weights, `width` per wanted position. */
    weights: Int32Array;
    width: number;
    /** First position in the image that each wanted position reads. */
    first: Int32Array;
    /** Number of positions in the image that each reads. */
    count: Int32Array;
    /** Sum of the weights that fall on the canvas outside the image. */
    outside: Int32Array;
}
/** Positions of the image that the wanted part of an axis reads: [first, end), empty where it lies outside. */
export declare function imageRange(filter: ResizeFilter, axis: Axis): Range;
/** How many weights `tapsFor` computes for an axis. */
export declare function tapCount(filter: ResizeFilter, { from, to, size }: Axis): number;
/** The most positions of the image that one position reads; at least 1. */
export declare const mostTaps: ({ count }: Taps) => number;
/** The weights of one axis, fixed-point with `PRECISION_BITS`: torch's have fewer bits, behind which there are zeros. */
export declare function tapsFor(filter: ResizeFilter, axis: Axis, arithmetic?: ResizeArithmetic): Taps;
