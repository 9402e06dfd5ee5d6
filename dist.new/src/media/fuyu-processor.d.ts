import { z } from 'zod';
import type { RgbImage } from './image.js';
declare const schema: z.ZodObject<{
    do_rescale: z.ZodDefault<z.ZodBoolean>;
    rescale_factor: z.ZodDefault<z.ZodNumber>;
    do_normalize: z.ZodDefault<z.ZodBoolean>;
    do_resize: z.ZodDefault<z.ZodBoolean>;
    size: z.ZodDefault<z.ZodObject<{
        height: z.ZodInt;
        width: z.ZodInt;
    }, z.core.$strip>>;
    patch_size: z.ZodDefault<z.ZodObject<{
        height: z.ZodInt;
        width: z.ZodInt;
    }, z.core.$strip>>;
    padding_value: z.ZodDefault<z.ZodNumber>;
    padding_mode: z.ZodDefault<z.ZodLiteral<"constant">>;
    resample: z.ZodPipe<z.ZodDefault<z.ZodInt>, z.ZodTransform<"bicubic" | "bilinear" | "box" | "hamming" | "lanczos" | "nearest", number>>;
    image_mean: z.ZodPreprocess<z.ZodDefault<z.ZodArray<z.ZodNumber>>, unknown>;
    image_std: z.ZodPreprocess<z.ZodDefault<z.ZodArray<z.ZodNumber>>, unknown>;
}, z.core.$strip>;
type Size = {
    width: number;
    height: number;
};
/** FuyuImageProcessor (the variant on Pillow). */
export declare class FuyuImageProcessor {
    readonly config: z.output<typeof schema>;
    private readonly table;
    private constructor();
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw?: unknown, place?: string): FuyuImageProcessor;
    /** The size that an image is resized to: its own, unless it is too large. Errors: `media.ratio` for one of which nothing would be left. */
    resizedSize({ width, height }: Size): Size;
    /** Rows and columns of patches of an image of this size. */
    grid(image: Size): [rows: number, columns: number];
    /** Patches row by row, [rows * columns, height width 3]. What lies beyond the image is padding, which is normalised like a pixel. */
    process(image: RgbImage): {
        grid: [rows: number, columns: number];
        patches: Float32Array;
    };
}
export {};
