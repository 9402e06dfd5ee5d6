import { z } from 'zod';
import type { RgbImage } from './image.js';
declare const schema: z.ZodObject<{
    do_rescale: z.ZodDefault<z.ZodBoolean>;
    rescale_factor: z.ZodDefault<z.ZodNumber>;
    do_normalize: z.ZodDefault<z.ZodBoolean>;
    image_mean: z.ZodDefault<z.ZodArray<z.ZodNumber>>;
    image_std: z.ZodDefault<z.ZodArray<z.ZodNumber>>;
    do_resize: z.ZodDefault<z.ZodBoolean>;
    size: z.ZodDefault<z.ZodObject<{
        shortest_edge: z.ZodInt;
        longest_edge: z.ZodInt;
    }, z.core.$strip>>;
    do_image_splitting: z.ZodDefault<z.ZodBoolean>;
    resample: z.ZodPipe<z.ZodDefault<z.ZodInt>, z.ZodTransform<"bicubic" | "bilinear" | "box" | "hamming" | "lanczos" | "nearest", number>>;
}, z.core.$strip>;
type Size = {
    width: number;
    height: number;
};
/** Idefics2ImageProcessor (the variant on Pillow). Padding is left to whoever knows all images of a prompt. */
export declare class Idefics2ImageProcessor {
    readonly config: z.output<typeof schema>;
    private readonly table;
    private constructor();
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw?: unknown, place?: string): Idefics2ImageProcessor;
    /** The size that an image is resized to. */
    resizedSize({ width: w, height: h }: Size): Size;
    /** The sizes that the views of an image of this size are resized to, in the order of `process`. */
    viewSizes({ width, height }: Size): Size[];
    /**
     * The views of an image: its quarters, where they are asked for, and itself. Pixels: [3, height, width]. A quarter of an image one pixel
     * wide or high may be empty; it is black, as in transformers. Errors: `media.shape` for one that is not resized.
     */
    process(image: RgbImage): (Size & {
        pixels: Float32Array;
    })[];
    private resizedViews;
    /** Whole patches of `p` pixels of each view, [views, most, 3 p p], filled up to `most` with zeros. */
    patches(image: RgbImage, p: number, most: number): Float32Array;
    private views;
    /** Where the quarters of an image lie; none where it is not cut. */
    private quarters;
}
export {};
