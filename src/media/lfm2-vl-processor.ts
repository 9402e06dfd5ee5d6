// LFM2-VL's image processor: a small image whole at about its own size, a large one as tiles and a view of the whole, all in patches.

import { z } from 'zod';
import type { RgbImage } from './image.js';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelTable } from './pixel-table.js';
import { crop, pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';

const size = z.int().positive();
const half = [0.5, 0.5, 0.5];
const schema = z
  .object({
    downsample_factor: size.default(2),
    do_image_splitting: z.boolean().default(true),
    min_tiles: size.default(2),
    max_tiles: size.max(256).default(10),
    use_thumbnail: z.boolean().default(true),
    min_image_tokens: size.default(64),
    max_image_tokens: size.default(256),
    encoder_patch_size: size.default(16),
    tile_size: size.default(512),
    max_pixels_tolerance: z.number().positive().default(2),
    resample: resampleField(2),
    ...pixelFields(half, half),
  })
  .refine((c) => !c.do_image_splitting || c.min_tiles <= c.max_tiles, { path: ['min_tiles'], message: 'at most max_tiles' });

interface Size {
  width: number;
  height: number;
}

/** How an image is cut: `rows` x `columns` tiles, 1 and 1 where it is not, and the size of the view of the whole. */
export interface Lfm2VlLayout {
  rows: number;
  columns: number;
  whole: Size;
  /** Rows and columns of the patches of each view, in order. */
  views: readonly (readonly [rows: number, columns: number])[];
}

/** Python's round: halves go to the even one. */
const roundEven = (x: number): number => {
  const floor = Math.floor(x);
  const part = x - floor;
  return part > 0.5 || (part === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
};

/** Lfm2VlImageProcessor. It has torchvision alone, so images are resized with its arithmetic. */
export class Lfm2VlImageProcessor {
  private readonly table: Float32Array;
  private readonly grids: readonly (readonly [columns: number, rows: number])[];
  private constructor(readonly config: z.output<typeof schema>) {
    this.table = pixelTable(config);
    const { min_tiles: least, max_tiles: most } = config;
    const all: [number, number][] = [];
    for (let columns = 1; columns <= most; columns++) for (let rows = 1; columns * rows <= most; rows++) all.push([columns, rows]);
    this.grids = all.filter(([c, r]) => c * r >= least).sort((a, b) => a[0] * a[1] - b[0] * b[1]);
  }

  /** Errors: `media.config`, naming the key. */
  static fromConfig(raw: unknown = {}, place = 'preprocessor_config.json'): Lfm2VlImageProcessor {
    const config = parseImageConfig(schema, raw, { types: ['Lfm2VlImageProcessor', 'Siglip2ImageProcessor'], place });
    return made(new Lfm2VlImageProcessor(config), 'lfm2Vl', raw, place);
  }

  /** Tokens of a tile. */
  get tileTokens(): number {
    const { tile_size, encoder_patch_size: p, downsample_factor: factor } = this.config;
    return Math.ceil(Math.floor(tile_size / p) / factor) ** 2;
  }

  /** How an image of this size is cut. */
  layout(image: Size): Lfm2VlLayout {
    const { encoder_patch_size: p, tile_size, use_thumbnail, do_image_splitting, min_tiles, max_tiles } = this.config;
    const whole = this.whole(image);
    const patches = (s: Size): readonly [number, number] => [Math.floor(s.height / p), Math.floor(s.width / p)];
    const splits = do_image_splitting && !(min_tiles === 1 && max_tiles === 1);
    if (!splits || !this.isLarge(image)) return { rows: 1, columns: 1, whole, views: [patches(whole)] };
    const [columns, rows] = this.grid(image);
    const tiles = new Array<readonly [number, number]>(rows * columns).fill(patches({ width: tile_size, height: tile_size }));
    return { rows, columns, whole, views: use_thumbnail && tiles.length > 1 ? [...tiles, patches(whole)] : tiles };
  }

  /** The size of the whole: about the image's own, in squares of patches, within the limits of tokens. */
  private whole({ width, height }: Size): Size {
    const { encoder_patch_size: p, downsample_factor, min_image_tokens, max_image_tokens } = this.config;
    const factor = p * downsample_factor;
    const near = (n: number): number => Math.max(factor, roundEven(n / factor) * factor);
    const [most, least] = [max_image_tokens * factor ** 2, min_image_tokens * factor ** 2];
    const pixels = near(width) * near(height);
    if (pixels > most) {
      const beta = Math.sqrt((height * width) / most);
      const down = (n: number): number => Math.max(factor, Math.floor(n / beta / factor) * factor);
      return { width: down(width), height: down(height) };
    }
    if (pixels >= least) return { width: near(width), height: near(height) };
    const beta = Math.sqrt(least / (height * width));
    const up = (n: number): number => Math.ceil((n * beta) / factor) * factor;
    return { width: up(width), height: up(height) };
  }

  private isLarge({ width, height }: Size): boolean {
    const { encoder_patch_size: p, downsample_factor, max_image_tokens, max_pixels_tolerance } = this.config;
    const factor = p * downsample_factor;
    const near = (n: number): number => Math.max(p, roundEven(n / factor) * factor);
    return near(width) * near(height) > max_image_tokens * factor ** 2 * max_pixels_tolerance;
  }

  /** The grid whose shape is closest; of equally close ones the largest that is not more than twice the image's area. */
  private grid({ width, height }: Size): readonly [columns: number, rows: number] {
    let best: readonly [number, number] = [1, 1];
    let least = Number.POSITIVE_INFINITY;
    for (const grid of this.grids) {
      const off = Math.abs(width / height - grid[0] / grid[1]);
      if (off < least) [least, best] = [off, grid];
      else if (off === least && width * height > 0.5 * this.config.tile_size ** 2 * grid[0] * grid[1]) best = grid;
    }
    return best;
  }

  /** Patches of all views, [views, `most`, p p 3], channels last within a patch; a view that has fewer is filled up with zeros. */
  patches(image: RgbImage, most: number): Float32Array {
    const { encoder_patch_size: p, tile_size: tile, resample } = this.config;
    const { rows, columns, whole, views } = this.layout(image);
    const out = new Float32Array(views.length * most * 3 * p * p);
    const sized = (s: Size): RgbImage => resize(image, s.width, s.height, resample, { arithmetic: 'torch' });
    const pictures: RgbImage[] = [];
    if (rows * columns > 1) {
      const grid = sized({ width: columns * tile, height: rows * tile });
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) pictures.push(crop(grid, { left: c * tile, top: r * tile, width: tile, height: tile }));
    }
    if (pictures.length < views.length) pictures.push(sized(whole));
    for (const [i, picture] of pictures.entries()) this.putView(picture, out, i * most * 3 * p * p);
    return out;
  }

  private putView({ width, height, data }: RgbImage, out: Float32Array, at: number): void {
    const { encoder_patch_size: p } = this.config;
    let o = at;
    for (let top = 0; top + p <= height; top += p)
      for (let left = 0; left + p <= width; left += p)
        for (let y = top; y < top + p; y++)
          for (let i = (y * width + left) * 3, end = i + 3 * p; i < end; i++, o++)
            out[o] = this.table[((i - (y * width + left) * 3) % 3) * 256 + (data[i] as number)] as number;
  }
}
