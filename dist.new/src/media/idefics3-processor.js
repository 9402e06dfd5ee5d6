// Idefics 3's image processor: an image is cut into square tiles and followed by a small view of the whole.
import { z } from 'zod';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelPlanes, pixelTable, putPatches } from './pixel-table.js';
import { crop, pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';
const edge = z.object({ longest_edge: z.int().positive() });
const half = [0.5, 0.5, 0.5];
const schema = z.object({
    do_resize: z.boolean().default(true),
    size: edge.default({ longest_edge: 4 * 364 }),
    max_image_size: edge.default({ longest_edge: 364 }),
    do_image_splitting: z.boolean().default(true),
    resample: resampleField(1),
    ...pixelFields(half, half),
});
/** No image is made larger than this along a side. */
const LARGEST = 4096;
/** Idefics3ImageProcessor (the variant on Pillow), which SmolVLM uses too. */
export class Idefics3ImageProcessor {
    config;
    table;
    constructor(config) {
        this.config = config;
        this.table = pixelTable(config);
    }
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw = {}, place = 'preprocessor_config.json') {
        const types = ['Idefics3ImageProcessor', 'SmolVLMImageProcessor'];
        return made(new Idefics3ImageProcessor(parseImageConfig(schema, raw, { types, place })), 'idefics3', raw, place);
    }
    /** Side of a tile in pixels. */
    get tile() {
        return this.config.max_image_size.longest_edge;
    }
    /** How an image of this size is cut. */
    layout(image) {
        const { tile, config } = this;
        if (!config.do_image_splitting)
            return { rows: 0, columns: 0, width: tile, height: tile };
        const { width: w, height: h } = config.do_resize ? this.scaled(image) : image;
        const upTo = (n) => Math.ceil(n / tile) * tile;
        const ratio = w / h;
        let [width, height] = [upTo(w), upTo(h)];
        if (w >= h)
            height = upTo(Math.trunc(width / ratio));
        else
            width = upTo(Math.trunc(height * ratio));
        if (width <= tile && height <= tile)
            return { rows: 0, columns: 0, width, height };
        return { rows: height / tile, columns: width / tile, width, height };
    }
    /** The longer side at `size.longest_edge`, the shorter one in proportion and even. */
    scaled({ width: w, height: h }) {
        const longest = this.config.size.longest_edge;
        const ratio = w / h;
        const even = (n) => Math.max(1, n + (n % 2));
        let [width, height] = w >= h ? [longest, even(Math.trunc(longest / ratio))] : [even(Math.trunc(longest * ratio)), longest];
        const shape = width / height;
        if (width >= height && width > LARGEST)
            [width, height] = [LARGEST, Math.trunc(LARGEST / shape)];
        else if (height > width && height > LARGEST)
            [width, height] = [Math.trunc(LARGEST * shape), LARGEST];
        return { width: Math.max(width, 1), height: Math.max(height, 1) };
    }
    /** Pixels of the tiles, row by row, then of the whole: each [3, tile, tile]. */
    process(image) {
        const { layout, views } = this.views(image);
        return { layout, pixels: views.map((view) => pixelPlanes(view, this.table)) };
    }
    views(image) {
        const { tile, config } = this;
        const layout = this.layout(image);
        const { width, height } = config.do_resize ? this.scaled(image) : image;
        const first = config.do_resize ? resize(image, width, height, config.resample) : image;
        const whole = resize(first, layout.width, layout.height, config.resample);
        const views = [];
        for (let r = 0; r < layout.rows; r++)
            for (let c = 0; c < layout.columns; c++)
                views.push(crop(whole, { left: c * tile, top: r * tile, width: tile, height: tile }));
        views.push(resize(whole, tile, tile, config.resample));
        return { layout, views };
    }
    /** The same as patches of `p` pixels, [tiles, (tile / p)², 3 p p]. */
    patches(image, p) {
        const { views } = this.views(image);
        const side = Math.floor(this.tile / p);
        const each = side ** 2 * 3 * p ** 2;
        const patches = new Float32Array(views.length * each);
        for (const [i, view] of views.entries())
            putPatches(view, p, this.table, patches, i * each);
        return { tiles: views.length, patches };
    }
}
//# sourceMappingURL=idefics3-processor.js.map