// Media: files in, pixels out, prepared as an encoder was trained to see them.

export * from './anyres.js';
export * from './blip-processor.js';
export * from './clap-features.js';
export * from './clip-processor.js';
export * from './decode-sound.js';
export { DrawnImage, DrawnSound } from './drawn-image.js';
export * from './frame-processor.js';
export * from './fuyu-processor.js';
export * from './got-ocr2-processor.js';
export * from './idefics2-processor.js';
export * from './idefics3-processor.js';
export {
  decodeImage,
  decodingBytes,
  encodePng,
  type ImageLimits,
  type ImagePart,
  type ImageSource,
  image,
  isRgbImage,
  openImage,
  type RgbImage,
} from './image.js';
export { parseImageConfig } from './image-config.js';
export * from './image-processor.js';
export { ImageBindSounds } from './imagebind-features.js';
export * from './lfm2-vl-processor.js';
export { type MaskRuns, maskFromRuns, maskToRuns } from './mask-rle.js';
export { type Medium, mediaKey, ownMedia } from './media-key.js';
export { processOff } from './pixel-jobs.js';
export { patchRows } from './pixels.js';
export * from './pixtral-processor.js';
export * from './placement.js';
export { isPoints, type Points, pointCount } from './points.js';
export * from './qwen-vl-processor.js';
export { checkRegion, type Mask, type RegionPart, type RegionShape, region, regionPixels } from './region.js';
export * from './resample-sound.js';
export { type Canvas, RESAMPLE_CODES, type Region, type ResizeFilter, type ResizeOptions, resize } from './resize.js';
export * from './sample-frames.js';
export * from './sound.js';
export { resampleAside, whisperFeatures } from './sound-jobs.js';
export type { MediaSource } from './source.js';
export { findEspeak, MAX_SPOKEN, type SpeakOptions, speak, speakWav } from './speak.js';
export * from './video.js';
export type { VideoLimits, VideoMeasures } from './video-limits.js';
export * from './wav.js';
export * from './whisper-features.js';
