// Frames of videos to pixels of one size (LLaVA-OneVision): CLIP's steps, with frames resized by torch's arithmetic as video processors do.

import { ClipImageProcessor } from './clip-processor.js';
import type { ImageProcessor } from './image-processor.js';
import { made } from './origin.js';
import { RESAMPLE_CODES, type ResizeFilter, resize } from './resize.js';

type Json = Readonly<Record<string, unknown>>;

/** What LlavaOnevisionVideoProcessor has where its file is silent, beside CLIP's means. */
const DEFAULTS: Json = { size: { height: 384, width: 384 }, do_center_crop: false, resample: 3 };

/**
 * The processor of a video_preprocessor_config.json, or of the image processor's file where a folder has none of its own.
 * Errors: `media.config`, naming the key.
 */
export function frameProcessor(config: Json, place = 'video_preprocessor_config.json'): ImageProcessor {
  const { image_processor_type: _i, feature_extractor_type: _f, video_processor_type: _v, ...given } = config;
  const settings = { ...DEFAULTS, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
  const sizes = ClipImageProcessor.fromConfig({ ...settings, do_center_crop: false }, place);
  const whole = ClipImageProcessor.fromConfig(settings, place);
  const resized = ClipImageProcessor.fromConfig({ ...settings, do_resize: false }, place);
  const filter = RESAMPLE_CODES[sizes.config.resample] as ResizeFilter;
  const processor: ImageProcessor = {
    outputSize: (frame) => whole.outputSize(frame),
    placement: (frame) => whole.placement(frame),
    process: (frame) => {
      const { width, height } = sizes.outputSize(frame);
      return resized.process(resize(frame, width, height, filter, { arithmetic: 'torch' }));
    },
  };
  return made(processor, 'frames', config, place);
}
