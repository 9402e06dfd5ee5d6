import { type Job, type JobOptions } from '../util/jobs.js';
import type { RgbImage } from './image.js';
/** Keeps an image under its name until it is taken, for some seconds or until others come. */
export declare function keepPixels(key: string, image: RgbImage): void;
/** Gives an image that this thread keeps, and keeps it no longer. */
export declare function takePixels(key: string): RgbImage | undefined;
/** Where an image was decoded: the thread, and the name that it may still keep the pixels under. */
export interface DecodedPlace {
    key: string;
    thread: number;
}
/** Notes where an image was decoded that nobody changes any more, and returns it. */
export declare function decodedIn(image: RgbImage, place: DecodedPlace): RgbImage;
/** Pixels as a job is given them: moved to it, or kept by the thread. */
export type GivenPixels = RgbImage | {
    kept: string;
};
/** The pixels, in the thread of the job; undefined for those that it does not keep any more. */
export declare const givenPixels: (given: GivenPixels) => RgbImage | undefined;
/**
 * Runs a job on an image: in the thread that keeps its pixels since it decoded them, else on a copy. The job gives undefined where it has
 * not found the pixels; they are looked for once. Errors: those of `runJob`.
 */
export declare function runOnImage<I extends object, O>(job: Job<I & {
    image: GivenPixels;
}, {
    value: O;
} | undefined>, image: RgbImage, input: I, options?: JobOptions): Promise<O>;
