// What image processors share: fields of their configs, parts of images, and patches of pixels.
import { z } from 'zod';
import { RESAMPLE_CODES } from './resize.js';
const three = z.array(z.number()).length(3);
/** Fields of preprocessor_config.json that say how bytes become floats. `mean` and `std` are the defaults of the class. */
export const pixelFields = (mean, std) => ({
    do_rescale: z.boolean().default(true),
    rescale_factor: z.number().default(1 / 255),
    do_normalize: z.boolean().default(true),
    image_mean: three.default([...mean]),
    image_std: z
        .array(z.number().refine((v) => v !== 0, 'a number other than 0'))
        .length(3)
        .default([...std]),
});
/** `resample` of preprocessor_config.json; `code` is the default of the class. */
export const resampleField = (code) => z
    .int()
    .min(0)
    .max(RESAMPLE_CODES.length - 1)
    .default(code)
    .transform((c) => RESAMPLE_CODES[c]);
/** A part of an image. */
export function crop(image, at) {
    const data = new Uint8Array(at.width * at.height * 3);
    for (let y = 0; y < at.height; y++) {
        const from = ((at.top + y) * image.width + at.left) * 3;
        data.set(image.data.subarray(from, from + at.width * 3), y * at.width * 3);
    }
    return { width: at.width, height: at.height, data };
}
/**
 * Square patches of pixels [3, height, width], row by row: [(height / p)(width / p), 3 p p], channels first within a patch, as the weights
 * of a patch convolution are. What is left over at the right and bottom is dropped, as a convolution drops it.
 */
export function patchRows(pixels, { width, height }, p) {
    const [rows, columns] = [Math.floor(height / p), Math.floor(width / p)];
    const out = new Float32Array(rows * columns * 3 * p * p);
    let o = 0;
    for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
            for (let channel = 0; channel < 3; channel++)
                for (let y = 0; y < p; y++, o += p) {
                    const from = (channel * height + r * p + y) * width + c * p;
                    out.set(pixels.subarray(from, from + p), o);
                }
    return out;
}
//# sourceMappingURL=pixels.js.map