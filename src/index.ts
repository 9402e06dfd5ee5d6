// The package: load a model and ask it. All else lies in subpaths: sensorium/generate, media, text, train, serve, …

export { type ChatOptions, type Content, type LoadOptions, Mllm, type Reply } from './generate/mllm.js';
export type { GenerateOptions, Piece } from './generate/tokens.js';
export { type ImagePart, image, type RegionPart, region, type VideoPart, video } from './media/index.js';
export { type Model, openModel } from './model/index.js';
export type { ChatMessage } from './text/index.js';
export { type ErrorCode, SensoriumError } from './util/errors.js';
