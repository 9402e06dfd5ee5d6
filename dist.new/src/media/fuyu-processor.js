// Fuyu's image processor: images no larger than a screen, as rows of patches with channels last.
import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelTable } from './pixel-table.js';
import { pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';
const sides = z.object({ height: z.int().positive(), width: z.int().positive() });
const half = [0.5, 0.5, 0.5];
/** One number for all channels, as the class has it, or three. */
const channels = (raw) => (typeof raw === 'number' ? [raw, raw, raw] : raw);
const { image_mean, image_std, ...pixels } = pixelFields(half, half);
const schema = z.object({
    do_resize: z.boolean().default(true),
    size: sides.default({ height: 1080, width: 1920 }),
    patch_size: sides.default({ height: 30, width: 30 }),
    padding_value: z.number().default(1),
    padding_mode: z.literal('constant').default('constant'),
    resample: resampleField(2),
    image_mean: z.preprocess(channels, image_mean),
    image_std: z.preprocess(channels, image_std),
    ...pixels,
});
/** FuyuImageProcessor (the variant on Pillow). */
export class FuyuImageProcessor {
    config;
    table;
    constructor(config) {
        this.config = config;
        this.table = pixelTable(config);
    }
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw = {}, place = 'preprocessor_config.json') {
        return made(new FuyuImageProcessor(parseImageConfig(schema, raw, { types: ['FuyuImageProcessor'], place })), 'fuyu', raw, place);
    }
    /** The size that an image is resized to: its own, unless it is too large. Errors: `media.ratio` for one of which nothing would be left. */
    resizedSize({ width, height }) {
        const { size, do_resize } = this.config;
        if (!do_resize || (width <= size.width && height <= size.height))
            return { width, height };
        const scale = Math.min(size.height / height, size.width / width);
        const resized = { width: Math.trunc(width * scale), height: Math.trunc(height * scale) };
        if (resized.width > 0 && resized.height > 0)
            return resized;
        const most = Math.floor(width > height ? size.width : size.height);
        throw new SensoriumError('media.ratio', 'the image is too long for its width', {
            place: `an image of ${width}x${height}`,
            expected: `sides with a ratio of at most ${most}, since it is brought within ${size.width}x${size.height}`,
            got: `${resized.width}x${resized.height}, no pixels at all`,
            hint: 'Crop it, or pad its shorter side',
        });
    }
    /** Rows and columns of patches of an image of this size. */
    grid(image) {
        const { width, height } = this.resizedSize(image);
        const { size, patch_size: p } = this.config;
        const along = (n, most, patch) => Math.floor(Math.min(most, Math.ceil(n / patch) * patch) / patch);
        return [along(height, size.height, p.height), along(width, size.width, p.width)];
    }
    /** Patches row by row, [rows * columns, height width 3]. What lies beyond the image is padding, which is normalised like a pixel. */
    process(image) {
        const { patch_size: p, resample, padding_value } = this.config;
        const { width, height } = this.resizedSize(image);
        const source = resize(image, width, height, resample);
        const grid = this.grid(image);
        const [rows, columns] = grid;
        const canvas = { width: columns * p.width, height: rows * p.height, data: new Uint8Array(rows * columns * p.width * p.height * 3) };
        canvas.data.fill(padding_value);
        const across = Math.min(width, canvas.width) * 3;
        for (let y = 0; y < Math.min(height, canvas.height); y++)
            canvas.data.set(source.data.subarray(y * width * 3, y * width * 3 + across), y * canvas.width * 3);
        const { table } = this;
        const patches = new Float32Array(canvas.data.length);
        let o = 0;
        for (let r = 0; r < rows; r++)
            for (let c = 0; c < columns; c++)
                for (let y = 0; y < p.height; y++)
                    for (let x = 0, from = ((r * p.height + y) * canvas.width + c * p.width) * 3; x < p.width; x++)
                        for (let channel = 0; channel < 3; channel++, o++, from++)
                            patches[o] = table[channel * 256 + canvas.data[from]];
        return { grid, patches };
    }
}
//# sourceMappingURL=fuyu-processor.js.map