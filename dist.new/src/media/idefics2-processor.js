// Idefics 2's image processor: images keep their shape, within limits for both sides; where asked, four quarters come before the whole.
import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelPlanes, pixelTable, putPatches } from './pixel-table.js';
import { crop, pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';
const half = [0.5, 0.5, 0.5];
const count = z.int().positive();
const schema = z.object({
    do_resize: z.boolean().default(true),
    size: z.object({ shortest_edge: count, longest_edge: count }).default({ shortest_edge: 378, longest_edge: 980 }),
    do_image_splitting: z.boolean().default(false),
    resample: resampleField(2),
    ...pixelFields(half, half),
});
/** Idefics2ImageProcessor (the variant on Pillow). Padding is left to whoever knows all images of a prompt. */
export class Idefics2ImageProcessor {
    config;
    table;
    constructor(config) {
        this.config = config;
        this.table = pixelTable(config);
    }
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw = {}, place = 'preprocessor_config.json') {
        return made(new Idefics2ImageProcessor(parseImageConfig(schema, raw, { types: ['Idefics2ImageProcessor'], place })), 'idefics2', raw, place);
    }
    /** The size that an image is resized to. */
    resizedSize({ width: w, height: h }) {
        if (!this.config.do_resize)
            return { width: w, height: h };
        const { shortest_edge: least, longest_edge: most } = this.config.size;
        const ratio = w / h;
        let [width, height] = [w, h];
        if (w >= h && w > most)
            [width, height] = [most, Math.trunc(most / ratio)];
        else if (h > w && h > most)
            [width, height] = [Math.trunc(most * ratio), most];
        return { width: Math.max(width, least), height: Math.max(height, least) };
    }
    /** The sizes that the views of an image of this size are resized to, in the order of `process`. */
    viewSizes({ width, height }) {
        return [...this.quarters({ width, height }), { width, height }].map((view) => this.resizedSize(view));
    }
    /**
     * The views of an image: its quarters, where they are asked for, and itself. Pixels: [3, height, width]. A quarter of an image one pixel
     * wide or high may be empty; it is black, as in transformers. Errors: `media.shape` for one that is not resized.
     */
    process(image) {
        return this.resizedViews(image).map((view) => ({ width: view.width, height: view.height, pixels: pixelPlanes(view, this.table) }));
    }
    resizedViews(image) {
        return this.views(image).map((view) => {
            const { width, height } = this.resizedSize(view);
            const isEmpty = view.data.length === 0;
            if (isEmpty && !this.config.do_resize)
                throw new SensoriumError('media.shape', 'the image is too small to be cut into quarters', {
                    expected: 'at least 2x2 pixels where images are not resized (do_resize is false)',
                    got: `${image.width}x${image.height}`,
                });
            if (isEmpty)
                return { width, height, data: new Uint8Array(width * height * 3) };
            return resize(view, width, height, this.config.resample);
        });
    }
    /** Whole patches of `p` pixels of each view, [views, most, 3 p p], filled up to `most` with zeros. */
    patches(image, p, most) {
        const views = this.resizedViews(image);
        const out = new Float32Array(views.length * most * 3 * p * p);
        for (const [i, view] of views.entries())
            putPatches(view, p, this.table, out, i * most * 3 * p * p);
        return out;
    }
    views(image) {
        return [...this.quarters(image).map((quarter) => crop(image, quarter)), image];
    }
    /** Where the quarters of an image lie; none where it is not cut. */
    quarters({ width, height }) {
        if (!this.config.do_image_splitting)
            return [];
        const [x, y] = [Math.floor(width / 2), Math.floor(height / 2)];
        const columns = [
            { left: 0, width: x },
            { left: x, width: width - x },
        ];
        const rows = [
            { top: 0, height: y },
            { top: y, height: height - y },
        ];
        return rows.flatMap((row) => columns.map((column) => ({ ...row, ...column })));
    }
}
//# sourceMappingURL=idefics2-processor.js.map