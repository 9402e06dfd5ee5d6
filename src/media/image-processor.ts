// One image processor for all encoders that take pictures of one size: CLIP's, SigLIP's, ConvNeXT's and LLaVA's own, by their configs.

import { SensoriumError } from '../util/errors.js';
import { ClipImageProcessor } from './clip-processor.js';
import type { RgbImage } from './image.js';
import { made } from './origin.js';
import { Placement } from './placement.js';
import type { Canvas } from './resize.js';

type Json = Readonly<Record<string, unknown>>;

/** Images to pixels of one size. */
export interface ImageProcessor {
  /** Size of the output for an image of this size. */
  outputSize(image: { width: number; height: number }): { width: number; height: number };
  /** Where places of an image of this size lie in the output. */
  placement(image: { width: number; height: number }): Placement;
  /** Pixels [3, height, width] of an image, or of a canvas that it lies on. Errors: `media.ratio` for images that are too long. */
  process(image: RgbImage, canvas?: Canvas): Float32Array;
}

const half = [0.5, 0.5, 0.5];
/** What each class has where the file is silent, beside what ClipImageProcessor has. */
const defaults: Readonly<Record<string, Json>> = {
  CLIPImageProcessor: {},
  LlavaImageProcessor: {},
  LlavaNextImageProcessor: {},
  LlavaOnevisionImageProcessor: { size: { height: 384, width: 384 }, do_center_crop: false },
  SiglipImageProcessor: { size: { height: 224, width: 224 }, do_center_crop: false, image_mean: half, image_std: half },
  Gemma3ImageProcessor: { size: { height: 224, width: 224 }, do_center_crop: false, resample: 2, image_mean: half, image_std: half },
  ConvNextImageProcessor: {
    size: { shortest_edge: 384 },
    do_center_crop: false,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
  },
};

/** The class that a config names, without the suffix that says how it computes; CLIP's where it names none. */
export function processorType(config: Json): string {
  const type = config.image_processor_type ?? config.feature_extractor_type ?? 'CLIPImageProcessor';
  return String(type)
    .replace(/(Fast|Pil)$/, '')
    .replace(/FeatureExtractor$/, 'ImageProcessor');
}

/**
 * The processor of a preprocessor_config.json. Arithmetic is that of the classes on Pillow (`…Pil`, transformers 4's slow ones); those on
 * torchvision differ by their resampling. Errors: `media.config`, naming the key.
 */
export function imageProcessor(config: Json, place = 'preprocessor_config.json'): ImageProcessor {
  const type = processorType(config);
  const own = Object.hasOwn(defaults, type) ? defaults[type] : undefined;
  if (!own)
    throw new SensoriumError('media.config', 'this is another image processor', {
      place: `${place}: image_processor_type`,
      expected: Object.keys(defaults).join(', '),
      got: JSON.stringify(config.image_processor_type ?? config.feature_extractor_type),
    });
  const { image_processor_type: _type, feature_extractor_type: _old, ...given } = config;
  // transformers writes null for what a class does not use.
  const settings = { ...own, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
  if (type.startsWith('ConvNext')) return convNext(settings, place);
  const clip = ClipImageProcessor.fromConfig(settings, place);
  if (type !== 'LlavaImageProcessor' || settings.do_pad !== true) return clip;
  const padding: ImageProcessor = {
    outputSize: (image) => clip.outputSize(squareCanvas(image, clip.config.image_mean)),
    placement(image) {
      const canvas = squareCanvas(image, clip.config.image_mean);
      return clip.placement(canvas, Placement.of(image).pad(canvas));
    },
    process: (image) => clip.process(image, squareCanvas(image, clip.config.image_mean)),
  };
  return made(padding, 'image', config, place);
}

/** ConvNeXT below 384 pixels: the shorter side to size / crop_pct, then the middle; from 384 on the whole image is bent to a square. */
function convNext(settings: Json, place: string): ImageProcessor {
  const size = settings.size as { shortest_edge?: unknown } | number | undefined;
  const edge = typeof size === 'number' ? size : size?.shortest_edge;
  const { crop_pct: part = 224 / 256 } = settings;
  if (typeof edge !== 'number' || typeof part !== 'number' || !(part > 0 && part <= 1))
    throw new SensoriumError('media.config', 'wrong value in the image processor config', {
      place,
      expected: 'size { "shortest_edge": n } and crop_pct above 0 and up to 1',
      got: JSON.stringify({ size, crop_pct: part }),
    });
  const whole = { height: edge, width: edge };
  const how =
    edge < 384 && settings.do_resize !== false
      ? { size: { shortest_edge: Math.trunc(edge / part) }, do_center_crop: true, crop_size: whole }
      : { size: whole };
  return ClipImageProcessor.fromConfig({ ...settings, ...how }, place);
}

/** A square of one color, given in 0..1, with an image of this size in its middle. */
export function squareCanvas({ width, height }: { width: number; height: number }, color: readonly number[]): Canvas {
  const side = Math.max(width, height);
  const [left, top] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
  return { width: side, height: side, left, top, color: color.map((c) => Math.trunc(c * 255)) };
}

/** An image on a larger black one. */
export function paste(image: RgbImage, o: { width: number; height: number; left: number; top: number }): RgbImage {
  const out = new Uint8Array(o.width * o.height * 3);
  for (let y = 0; y < image.height; y++)
    out.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), ((y + o.top) * o.width + o.left) * 3);
  return { width: o.width, height: o.height, data: out };
}
