import { z } from 'zod';
import type { RgbImage } from './image.js';
import { type Canvas } from './resize.js';
declare const schema: z.ZodObject<{
    do_resize: z.ZodDefault<z.ZodBoolean>;
    size: z.ZodDefault<z.ZodUnion<readonly [z.ZodPipe<z.ZodInt, z.ZodTransform<{
        shortest_edge: number;
    }, number>>, z.ZodObject<{
        shortest_edge: z.ZodInt;
    }, z.core.$strip>, z.ZodObject<{
        height: z.ZodInt;
        width: z.ZodInt;
    }, z.core.$strip>]>>;
    resample: z.ZodDefault<z.ZodInt>;
    do_center_crop: z.ZodDefault<z.ZodBoolean>;
    crop_size: z.ZodDefault<z.ZodUnion<readonly [z.ZodPipe<z.ZodInt, z.ZodTransform<{
        height: number;
        width: number;
    }, number>>, z.ZodObject<{
        height: z.ZodInt;
        width: z.ZodInt;
    }, z.core.$strip>]>>;
    do_rescale: z.ZodDefault<z.ZodBoolean>;
    rescale_factor: z.ZodDefault<z.ZodNumber>;
    do_normalize: z.ZodDefault<z.ZodBoolean>;
    image_mean: z.ZodDefault<z.ZodUnion<readonly [z.ZodArray<z.ZodNumber>, z.ZodPipe<z.ZodNumber, z.ZodTransform<number[], number>>]>>;
    image_std: z.ZodDefault<z.ZodUnion<readonly [z.ZodArray<z.ZodNumber>, z.ZodPipe<z.ZodNumber, z.ZodTransform<number[], number>>]>>;
    do_convert_rgb: z.ZodDefault<z.ZodBoolean>;
}, z.core.$strip>;
/** The values of preprocessor_config.json that CLIPImageProcessor knows, defaults filled in. */
export type ClipImageConfig = z.output<typeof schema>;
/** The same before defaults; `size` and `crop_size` may be bare numbers. */
export type ClipImageInput = z.input<typeof schema>;
/** Image preprocessing of CLIP and everything that uses its processor (LLaVA). */
export declare class ClipImageProcessor {
    readonly config: ClipImageConfig;
    /** Keys of the file that have no effect here, so that a reader can tell. */
    readonly ignored: readonly string[];
    private readonly filter;
    /** What byte v of channel c becomes, at [c * 256 + v]: rescaling and normalising are one lookup. */
    private readonly table;
    private constructor();
    /** Makes a processor from the contents of preprocessor_config.json. Errors: `media.config`, naming the key. */
    static fromConfig(config?: ClipImageInput | Readonly<Record<string, unknown>>, place?: string): ClipImageProcessor;
    /** Reads a preprocessor_config.json. Errors: `util.missing` and the like, `util.json`, `media.config`. */
    static load(path: string): Promise<ClipImageProcessor>;
    /** Size of the output for an image of this size, in pixels. Without a crop and with `shortest_edge` it follows the image. */
    outputSize(image: {
        width: number;
        height: number;
    }): {
        width: number;
        height: number;
    };
    /** Pixels [3, height, width] of one image, or of a canvas that it lies on. Errors: `media.ratio` for images that are too long, `media.shape`. */
    process(image: RgbImage, canvas?: Canvas): Float32Array;
    /** Writes the pixels of one image into a batch at `offset` (in elements). Returns how many were written. Errors: as `process`. */
    processInto(image: RgbImage, target: Float32Array, offset?: number): number;
    /** The contents of a preprocessor_config.json that transformers loads. */
    toJSON(): Record<string, unknown>;
    private resizedSize;
    /** The resized image as far as the central crop shows it: nothing else is computed. */
    private view;
    /** Interleaved bytes to planar floats. Where the part is smaller than the view, black is padded *before* rescaling and normalizing. */
    private convert;
}
export {};
