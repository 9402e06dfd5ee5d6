import type { RgbImage } from './image.js';
import { type Range, type Taps } from './taps.js';
/** What is resampled. */
export interface Resampling {
    image: RgbImage;
    /** The part of the image that is read. */
    rows: Range;
    columns: Range;
    /** Taps of each column and row of the result; undefined where those of the image are taken as they are. */
    across: Taps | undefined;
    down: Taps | undefined;
    /** Red, green and blue of what lies outside the image, if anything does. */
    color: readonly number[] | undefined;
}
/** Where the result goes: rows of so many bytes, each `step` bytes after the one before, the first at `at`. */
export interface ResampledRows {
    data: Uint8Array;
    at: number;
    row: number;
    step: number;
}
/** Resamples across, rounds to bytes, resamples downwards. */
export declare function resample(what: Resampling, result: ResampledRows): void;
