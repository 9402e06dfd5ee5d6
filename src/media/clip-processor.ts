// From an RGB image to the numbers an encoder sees, exactly as transformers' CLIPImageProcessor: resize, crop, rescale, normalize.

import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import type { RgbImage } from './image.js';
import { made } from './origin.js';
import { pixelTable, putPlanes } from './pixel-table.js';
import { Placement } from './placement.js';
import { type Canvas, RESAMPLE_CODES, type ResizeFilter, resize } from './resize.js';

const pixels = z.int().positive();
const square = z.union([pixels.transform((n) => ({ height: n, width: n })), z.object({ height: pixels, width: pixels })]);
const triple = z.union([z.array(z.number()).length(3), z.number().transform((v) => [v, v, v])]);

const schema = z.object({
  do_resize: z.boolean().default(true),
  size: z
    .union([
      pixels.transform((n) => ({ shortest_edge: n })),
      z.object({ shortest_edge: pixels }),
      z.object({ height: pixels, width: pixels }),
    ])
    .default({ shortest_edge: 224 }),
  resample: z
    .int()
    .min(0)
    .max(RESAMPLE_CODES.length - 1)
    .default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: square.default({ height: 224, width: 224 }),
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: triple.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: triple.default([0.26862954, 0.26130258, 0.27577711]),
  do_convert_rgb: z.boolean().default(true),
});

/** The values of preprocessor_config.json that CLIPImageProcessor knows, defaults filled in. */
export type ClipImageConfig = z.output<typeof schema>;
/** The same before defaults; `size` and `crop_size` may be bare numbers. */
export type ClipImageInput = z.input<typeof schema>;

/** Processors whose arithmetic this is; the last is CLIP's old name. */
const TYPES = new Set(['CLIPImageProcessor', 'CLIPImageProcessorFast', 'CLIPFeatureExtractor']);
const TYPE_KEYS = ['image_processor_type', 'feature_extractor_type'] as const;
const EXPECTED: Readonly<Record<string, string>> = {
  size: '{ "shortest_edge": n } or { "height": h, "width": w }',
  crop_size: '{ "height": h, "width": w }',
  resample: 'a Pillow code from 0 (nearest) to 5 (hamming)',
  image_mean: 'three numbers',
  image_std: 'three numbers other than 0',
};

/** Image preprocessing of CLIP and everything that uses its processor (LLaVA). */
export class ClipImageProcessor {
  readonly config: ClipImageConfig;
  /** Keys of the file that have no effect here, so that a reader can tell. */
  readonly ignored: readonly string[];
  private readonly filter: ResizeFilter;
  /** What byte v of channel c becomes, at [c * 256 + v]: rescaling and normalising are one lookup. */
  private readonly table: Float32Array;

  private constructor(config: ClipImageConfig, ignored: readonly string[]) {
    this.config = config;
    this.ignored = ignored;
    this.filter = RESAMPLE_CODES[config.resample] as ResizeFilter;
    this.table = pixelTable(config);
  }

  /** Makes a processor from the contents of preprocessor_config.json. Errors: `media.config`, naming the key. */
  static fromConfig(
    config: ClipImageInput | Readonly<Record<string, unknown>> = {},
    place = 'preprocessor_config.json',
  ): ClipImageProcessor {
    if (typeof config !== 'object' || config === null || Array.isArray(config))
      throw new SensoriumError('media.config', 'wrong image processor config', {
        place,
        expected: 'a JSON object',
        got: JSON.stringify(config),
      });
    const raw = config as Readonly<Record<string, unknown>>;
    for (const key of TYPE_KEYS) {
      const type = raw[key];
      if (type !== undefined && !TYPES.has(type as string))
        throw new SensoriumError('media.config', 'this is another image processor', {
          place: `${place}: ${key}`,
          expected: [...TYPES].join(', '),
          got: JSON.stringify(type),
          hint: "Its arithmetic differs; convert the config by hand if you know that CLIP's is meant",
        });
    }
    const parsed = schema.safeParse(raw);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const key = String(issue?.path[0] ?? '');
      throw new SensoriumError('media.config', 'wrong value in the image processor config', {
        place: `${place}: ${issue?.path.join('.') ?? ''}`,
        expected: EXPECTED[key] ?? issue?.message,
        got: JSON.stringify(raw[key]),
      });
    }
    const bad = parsed.data.image_std.indexOf(0);
    if (bad >= 0)
      throw new SensoriumError('media.config', 'cannot divide by 0', {
        place: `${place}: image_std.${bad}`,
        expected: EXPECTED.image_std,
        got: '0',
      });
    const ignored = Object.keys(raw).filter((key) => !(key in schema.shape) && !(TYPE_KEYS as readonly string[]).includes(key));
    return made(new ClipImageProcessor(parsed.data, ignored), 'clip', config, place);
  }

  /** Reads a preprocessor_config.json. Errors: `util.missing` and the like, `util.json`, `media.config`. */
  static async load(path: string): Promise<ClipImageProcessor> {
    return ClipImageProcessor.fromConfig(await readJson<Record<string, unknown>>(path), path);
  }

  /** Size of the output for an image of this size, in pixels. Without a crop and with `shortest_edge` it follows the image. */
  outputSize(image: { width: number; height: number }): { width: number; height: number } {
    return this.config.do_center_crop ? this.config.crop_size : this.resizedSize(image);
  }

  /** Where places of an image of this size lie in the output. `from`: what was done to it before. */
  placement(image: { width: number; height: number }, from = Placement.of(image)): Placement {
    const resized = this.resizedSize(image);
    const { width, height } = this.outputSize(image);
    const corner = { left: Math.floor((resized.width - width) / 2), top: Math.floor((resized.height - height) / 2) };
    return from.resize(resized).crop({ ...corner, width, height });
  }

  /** Pixels [3, height, width] of one image, or of a canvas that it lies on. Errors: `media.ratio` for images that are too long, `media.shape`. */
  process(image: RgbImage, canvas?: Canvas): Float32Array {
    const view = this.view(image, canvas);
    const out = new Float32Array(3 * view.height * view.width);
    this.convert(view, out, 0);
    return out;
  }

  /** Writes the pixels of one image into a batch at `offset` (in elements). Returns how many were written. Errors: as `process`. */
  processInto(image: RgbImage, target: Float32Array, offset = 0): number {
    const { width, height } = this.outputSize(image);
    const n = 3 * height * width;
    if (!(Number.isInteger(offset) && offset >= 0 && offset + n <= target.length))
      throw new SensoriumError('media.shape', 'the image does not fit into the target', {
        expected: `${n} elements from ${offset}`,
        got: `a target of ${target.length}`,
      });
    this.convert(this.view(image), target, offset);
    return n;
  }

  /** The contents of a preprocessor_config.json that transformers loads. */
  toJSON(): Record<string, unknown> {
    return { image_processor_type: 'CLIPImageProcessor', ...this.config };
  }

  private resizedSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
    const { do_resize, size } = this.config;
    if (!do_resize) return { width, height };
    if (!('shortest_edge' in size)) return size;
    const edge = size.shortest_edge;
    return width <= height
      ? { width: edge, height: Math.trunc((edge * height) / width) }
      : { width: Math.trunc((edge * width) / height), height: edge };
  }

  /** The resized image as far as the central crop shows it: nothing else is computed. */
  private view(image: RgbImage, canvas?: Canvas): View {
    const resized = this.resizedSize(canvas ?? image);
    const { width, height } = this.outputSize(canvas ?? image);
    // Towards -infinity, as Python's //: odd padding goes to the top left.
    const left = Math.floor((resized.width - width) / 2);
    const top = Math.floor((resized.height - height) / 2);
    const region = {
      left: Math.max(0, left),
      top: Math.max(0, top),
      width: Math.min(width, resized.width),
      height: Math.min(height, resized.height),
    };
    const part = resize(image, resized.width, resized.height, this.filter, { region, canvas });
    return { width, height, part, left: Math.max(0, -left), top: Math.max(0, -top) };
  }

  /** Interleaved bytes to planar floats. Where the part is smaller than the view, black is padded *before* rescaling and normalizing. */
  private convert({ width, height, part, left, top }: View, out: Float32Array, offset: number): void {
    const { table } = this;
    const n = width * height;
    if (part.width < width || part.height < height)
      for (let c = 0; c < 3; c++) out.fill(table[c * 256] as number, offset + c * n, offset + (c + 1) * n);
    putPlanes(part, table, out, { width, height, left, top, offset });
  }
}

/** What a crop shows: a part of the resized image, and where it lies in the crop. */
interface View {
  width: number;
  height: number;
  part: RgbImage;
  left: number;
  top: number;
}
