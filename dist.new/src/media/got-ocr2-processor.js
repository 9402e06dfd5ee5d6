// GOT-OCR 2's image processor, which InternVL uses: the grid of square tiles that is closest in shape, and a view of the whole.
import { z } from 'zod';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelTable, putPlanes } from './pixel-table.js';
import { crop, pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';
const side = z.int().positive();
const schema = z.object({
    size: z
        .object({ height: side, width: side })
        .refine((s) => s.height === s.width, 'a square')
        .default({ height: 384, width: 384 }),
    resample: resampleField(3),
    min_patches: z.int().positive().default(1),
    max_patches: z.int().positive().max(256).default(12),
    ...pixelFields([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
});
/** GotOcr2ImageProcessor (the variant on Pillow) with `crop_to_patches`, which InternVLProcessor always asks for. */
export class GotOcr2ImageProcessor {
    config;
    table;
    grids;
    constructor(config) {
        this.config = config;
        this.table = pixelTable(config);
        const { min_patches: least, max_patches: most } = config;
        const all = [];
        for (let columns = 1; columns <= most; columns++)
            for (let rows = 1; columns * rows <= most; rows++)
                all.push([columns, rows]);
        this.grids = all.filter(([c, r]) => c * r >= least).sort((a, b) => a[0] * a[1] - b[0] * b[1]);
    }
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw = {}, place = 'preprocessor_config.json') {
        return made(new GotOcr2ImageProcessor(parseImageConfig(schema, raw, { types: ['GotOcr2ImageProcessor'], place })), 'gotOcr2', raw, place);
    }
    /** Side of a tile in pixels. */
    get side() {
        return this.config.size.height;
    }
    /** The grid whose shape is closest; of equally close ones the largest that is not more than twice the image's area. */
    layout({ width, height }) {
        const { side: tile } = this;
        const ratio = width / height;
        let best = [1, 1];
        let least = Number.POSITIVE_INFINITY;
        // With one tile at most nothing is cut.
        for (const grid of this.config.max_patches > 1 ? this.grids : []) {
            const [c, r] = grid;
            const off = Math.abs(ratio - c / r);
            if (off < least)
                [least, best] = [off, grid];
            else if (off === least && width * height > 0.5 * tile * tile * c * r)
                best = grid;
        }
        const [columns, rows] = best;
        const count = columns * rows;
        return { columns, rows, tiles: count > 1 ? count + 1 : 1, width: columns * tile, height: rows * tile };
    }
    /** Pixels of the tiles, row by row, then of the whole: [tiles, 3, side, side]. */
    process(image) {
        const { side: tile, table } = this;
        const { columns, rows, tiles, width, height } = this.layout(image);
        const out = new Float32Array(tiles * 3 * tile * tile);
        const put = (view, i) => putPlanes(view, table, out, { width: tile, height: tile, offset: i * 3 * tile * tile });
        const grid = resize(image, width, height, this.config.resample);
        for (let r = 0; r < rows; r++)
            for (let c = 0; c < columns; c++)
                put(crop(grid, { left: c * tile, top: r * tile, width: tile, height: tile }), r * columns + c);
        if (tiles > 1)
            put(resize(image, tile, tile, this.config.resample), tiles - 1);
        return out;
    }
}
//# sourceMappingURL=got-ocr2-processor.js.map