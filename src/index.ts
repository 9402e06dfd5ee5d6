// The package: load a model and ask it.

export * from './generate/index.js';
export { decodeImage, encodePng, image, type ImagePart, type RgbImage } from './media/index.js';
export { SensoriumError } from './util/errors.js';
