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
export { decodeImage, decodingBytes, encodePng, image, isRgbImage, openImage, } from './image.js';
export { parseImageConfig } from './image-config.js';
export * from './image-processor.js';
export { mediaKey, ownMedia } from './media-key.js';
export { processOff } from './pixel-jobs.js';
export { patchRows } from './pixels.js';
export { isPoints, pointCount } from './points.js';
export * from './qwen-vl-processor.js';
export * from './resample-sound.js';
export { RESAMPLE_CODES, resize } from './resize.js';
export * from './sample-frames.js';
export * from './sound.js';
export * from './video.js';
export * from './wav.js';
export * from './whisper-features.js';
//# sourceMappingURL=index.js.map