// The package: load a model and ask it.

export * from './generate/index.js';
export { decodeImage, encodePng, type ImagePart, image, type RgbImage, type VideoPart, video } from './media/index.js';
export type { ChatMessage } from './text/index.js';
export { type ErrorCode, SensoriumError } from './util/errors.js';
