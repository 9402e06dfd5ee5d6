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
        shortest_edge: z.ZodOptional<z.ZodInt>;
        longest_edge: z.ZodOptional<z.ZodInt>;
    }, z.core.$strip>>;
    min_pixels: z.ZodOptional<z.ZodNullable<z.ZodInt>>;
    max_pixels: z.ZodOptional<z.ZodNullable<z.ZodInt>>;
    cap_pixels_per_frame: z.ZodOptional<z.ZodNullable<z.ZodBoolean>>;
    max_video_tokens: z.ZodDefault<z.ZodInt>;
    resample: z.ZodPipe<z.ZodDefault<z.ZodInt>, z.ZodTransform<"bicubic" | "bilinear" | "box" | "hamming" | "lanczos" | "nearest", number>>;
    patch_size: z.ZodDefault<z.ZodInt>;
    temporal_patch_size: z.ZodDefault<z.ZodInt>;
    merge_size: z.ZodDefault<z.ZodInt>;
}, z.core.$strip>;
/**
 * The size nearest to the image's whose sides are multiples of `factor` and whose pixels are within the limits, those of all `frames`
 * together, which are filled up to a multiple of `times`.
 * Errors: `media.ratio` for images that are too long.
 */
export declare function smartResize({ width, height }: {
    width: number;
    height: number;
}, o: {
    factor: number;
    minPixels: number;
    maxPixels: number;
    frames?: number;
    times?: number;
}): {
    width: number;
    height: number;
};
/** Patches of an image or of frames. */
export interface GridPatches {
    /** Frames (pairs of images), rows and columns of patches. */
    grid: readonly [frames: number, rows: number, columns: number];
    /** [frames, rows * columns, 3 * temporal_patch_size * patch_size²], merged squares one after another. */
    patches: Float32Array;
}
/** Qwen2VLImageProcessor (the variant on Pillow) and Qwen2VLVideoProcessor (which has torchvision alone); Qwen2.5-VL uses both too. */
export declare class QwenVlImageProcessor {
    readonly config: z.output<typeof schema>;
    private readonly arithmetic;
    private readonly table;
    private constructor();
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw?: unknown, place?: string): QwenVlImageProcessor;
    /** The same for frames, from video_preprocessor_config.json or, in folders without one, the image processor's file. */
    static forFrames(raw?: Readonly<Record<string, unknown>>, place?: string): QwenVlImageProcessor;
    /** The size that an image is resized to. */
    resizedSize(image: {
        width: number;
        height: number;
    }): {
        width: number;
        height: number;
    };
    /** The grid of an image of this size. */
    grid(image: {
        width: number;
        height: number;
    }): readonly [1, number, number];
    /** One image, which fills all the times of its frame. */
    process(image: RgbImage): GridPatches;
    /** Images of one size in order of time; the last one is repeated until the last frame is full. `size`: what they are resized to. */
    processFrames(images: readonly [RgbImage, ...RgbImage[]], size?: {
        width: number;
        height: number;
    }): GridPatches;
}
export {};
