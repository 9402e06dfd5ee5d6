import type { RgbImage } from './image.js';
/** How bytes become floats, as preprocessor_config.json says. */
export interface PixelArithmetic {
    do_rescale: boolean;
    rescale_factor: number;
    do_normalize: boolean;
    image_mean: readonly number[];
    image_std: readonly number[];
}
/**
 * What byte v of channel c becomes, at [c * 256 + v]. numpy's arithmetic: rescale in double rounded to float32, then subtract and divide in
 * float32.
 */
export declare function pixelTable(config: PixelArithmetic): Float32Array;
/** Where an image lies in planes [3, height, width], which begin at `offset`. */
export interface PlanePlace {
    width: number;
    height: number;
    left?: number;
    top?: number;
    offset?: number;
}
/** Writes the numbers of an image into planes. */
export declare function putPlanes({ width: across, height: down, data }: RgbImage, table: Float32Array, out: Float32Array, { width, height, left, top, offset }: PlanePlace): void;
/** One image as planes [3, height, width]. */
export declare function pixelPlanes(image: RgbImage, table: Float32Array): Float32Array;
/** An image whose bytes are at hand: those of one that is drawn when they are read are read once. */
export declare const pixelsOf: ({ width, height, data }: RgbImage) => RgbImage;
/** Writes the channels of a square of `side` pixels, each row by row, `step` positions apart from `at`. */
export declare function putPatch({ width, data }: RgbImage, { left, top, side, step }: {
    left: number;
    top: number;
    side: number;
    step: number;
}, table: Float32Array, out: Float32Array, at: number): void;
/**
 * Square patches of an image, row by row: [(height / p)(width / p), 3 p p], channels first within a patch, written into `out` from `at`.
 * What is left over at the right and bottom is dropped.
 */
export declare function putPatches(picture: RgbImage, p: number, table: Float32Array, out: Float32Array, at: number): void;
