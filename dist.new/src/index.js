// The package: load a model and ask it. All else lies in subpaths: sensorium/generate, media, text, train, serve, …
export { Mllm } from './generate/mllm.js';
export { image, video } from './media/index.js';
export { openModel } from './model/index.js';
export { SensoriumError } from './util/errors.js';
//# sourceMappingURL=index.js.map