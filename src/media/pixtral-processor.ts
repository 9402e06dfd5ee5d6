// Pixtral's image processor: an image at its own size, or shrunk to the longest side that is allowed, in whole patches.

import { z } from 'zod';
import type { RgbImage } from './image.js';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelTable, putPatches } from './pixel-table.js';
import { pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';

const side = z.int().positive();
const square = z.union([side, z.object({ height: side, width: side })]).transform((v, context) => {
  if (typeof v === 'number') return v;
  if (v.height !== v.width) context.addIssue({ code: 'custom', message: 'a square', input: v });
  return v.height;
});
const schema = z.object({
  do_resize: z.literal(true).default(true),
  size: z.union([z.object({ longest_edge: side }), z.object({ height: side, width: side })]).default({ longest_edge: 1024 }),
  patch_size: square.default(16),
  resample: resampleField(3),
  ...pixelFields([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
});

/** PixtralImageProcessor (the variant on Pillow). */
export class PixtralImageProcessor {
  private readonly table: Float32Array;
  private constructor(readonly config: z.output<typeof schema>) {
    this.table = pixelTable(config);
  }

  /** Errors: `media.config`, naming the key. */
  static fromConfig(raw: unknown = {}, place = 'preprocessor_config.json'): PixtralImageProcessor {
    return made(
      new PixtralImageProcessor(parseImageConfig(schema, raw, { types: ['PixtralImageProcessor'], place })),
      'pixtral',
      raw,
      place,
    );
  }

  /** Side of a patch in pixels. */
  get patch(): number {
    return this.config.patch_size;
  }

  /** Rows and columns of patches of an image of this size, and the size that it is brought to. */
  layout({ width, height }: { width: number; height: number }): { rows: number; columns: number; width: number; height: number } {
    const { size, patch_size: p } = this.config;
    const most = 'longest_edge' in size ? { height: size.longest_edge, width: size.longest_edge } : size;
    const ratio = Math.max(height / most.height, width / most.width);
    const shrunk = (n: number): number => (ratio > 1 ? Math.max(1, Math.floor(n / ratio)) : n);
    const [rows, columns] = [Math.ceil(shrunk(height) / p), Math.ceil(shrunk(width) / p)];
    return { rows, columns, width: columns * p, height: rows * p };
  }

  /** Patches of an image, row by row: [rows * columns, 3 p p], channels first within a patch. */
  patches(image: RgbImage): Float32Array {
    const { rows, columns, width, height } = this.layout(image);
    const { patch: p } = this;
    const out = new Float32Array(rows * columns * 3 * p * p);
    putPatches(resize(image, width, height, this.config.resample), p, this.table, out, 0);
    return out;
  }
}
