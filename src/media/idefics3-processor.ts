// Idefics 3's image processor: an image is cut into square tiles and followed by a small view of the whole.

import { z } from 'zod';
import type { RgbImage } from './image.js';
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

/** How an image is cut: `rows` x `columns` tiles and the whole, or the whole alone when both are 0. */
export interface TileLayout {
  rows: number;
  columns: number;
  /** Of the image that is cut. */
  width: number;
  height: number;
}

/** Idefics3ImageProcessor (the variant on Pillow), which SmolVLM uses too. */
export class Idefics3ImageProcessor {
  private readonly table: Float32Array;
  private constructor(
    readonly config: z.output<typeof schema>,
    private readonly arithmetic?: 'torch',
  ) {
    this.table = pixelTable(config);
  }

  /** Errors: `media.config`, naming the key. */
  static fromConfig(raw: unknown = {}, place = 'preprocessor_config.json'): Idefics3ImageProcessor {
    const types = ['Idefics3ImageProcessor', 'SmolVLMImageProcessor'];
    return made(new Idefics3ImageProcessor(parseImageConfig(schema, raw, { types, place })), 'idefics3', raw, place);
  }

  /**
   * SmolVLMVideoProcessor, from video_preprocessor_config.json or the image processor's file: frames as they are seen whole, resized by torch's
   * arithmetic. Errors: `media.config`, naming the key.
   */
  static forFrames(raw: Readonly<Record<string, unknown>>, place = 'video_preprocessor_config.json'): Idefics3ImageProcessor {
    const { image_processor_type: _i, video_processor_type: _v, video_sampling, ...given } = raw;
    const { video_size: size } = (video_sampling ?? {}) as { video_size?: unknown };
    const config = { ...given, ...(size ? { size } : {}), do_image_splitting: false };
    return made(new Idefics3ImageProcessor(parseImageConfig(schema, config, { types: [], place }), 'torch'), 'idefics3Frames', raw, place);
  }

  /** Side of a tile in pixels. */
  get tile(): number {
    return this.config.max_image_size.longest_edge;
  }

  /** How an image of this size is cut. */
  layout(image: { width: number; height: number }): TileLayout {
    const { tile, config } = this;
    if (!config.do_image_splitting) return { rows: 0, columns: 0, width: tile, height: tile };
    const { width: w, height: h } = config.do_resize ? this.scaled(image) : image;
    const upTo = (n: number): number => Math.ceil(n / tile) * tile;
    const ratio = w / h;
    let [width, height] = [upTo(w), upTo(h)];
    if (w >= h) height = upTo(Math.trunc(width / ratio));
    else width = upTo(Math.trunc(height * ratio));
    if (width <= tile && height <= tile) return { rows: 0, columns: 0, width, height };
    return { rows: height / tile, columns: width / tile, width, height };
  }

  /** The longer side at `size.longest_edge`, the shorter one in proportion and even. */
  private scaled({ width: w, height: h }: { width: number; height: number }): { width: number; height: number } {
    const longest = this.config.size.longest_edge;
    const ratio = w / h;
    const even = (n: number): number => Math.max(1, n + (n % 2));
    let [width, height] = w >= h ? [longest, even(Math.trunc(longest / ratio))] : [even(Math.trunc(longest * ratio)), longest];
    const shape = width / height;
    if (width >= height && width > LARGEST) [width, height] = [LARGEST, Math.trunc(LARGEST / shape)];
    else if (height > width && height > LARGEST) [width, height] = [Math.trunc(LARGEST * shape), LARGEST];
    return { width: Math.max(width, 1), height: Math.max(height, 1) };
  }

  /** Pixels of the tiles, row by row, then of the whole: each [3, tile, tile]. */
  process(image: RgbImage): { layout: TileLayout; pixels: Float32Array[] } {
    const { layout, views } = this.views(image);
    return { layout, pixels: views.map((view) => pixelPlanes(view, this.table)) };
  }

  private views(image: RgbImage): { layout: TileLayout; views: RgbImage[] } {
    const { tile, config, arithmetic } = this;
    const layout = this.layout(image);
    const { width, height } = config.do_resize ? this.scaled(image) : image;
    const scaled = (from: RgbImage, w: number, h: number): RgbImage => resize(from, w, h, config.resample, { arithmetic });
    const first = config.do_resize ? scaled(image, width, height) : image;
    const whole = scaled(first, layout.width, layout.height);
    const views: RgbImage[] = [];
    for (let r = 0; r < layout.rows; r++)
      for (let c = 0; c < layout.columns; c++) views.push(crop(whole, { left: c * tile, top: r * tile, width: tile, height: tile }));
    views.push(scaled(whole, tile, tile));
    return { layout, views };
  }

  /** The same as patches of `p` pixels, [tiles, (tile / p)², 3 p p]. */
  patches(image: RgbImage, p: number): { tiles: number; patches: Float32Array } {
    const { views } = this.views(image);
    const side = Math.floor(this.tile / p);
    const each = side ** 2 * 3 * p ** 2;
    const patches = new Float32Array(views.length * each);
    for (const [i, view] of views.entries()) putPatches(view, p, this.table, patches, i * each);
    return { tiles: views.length, patches };
  }
}
