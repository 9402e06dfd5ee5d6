// sensorium/models: the parts of multimodal models.

export { type Model, type OpenSpec, open, openModel, saveModel } from './model/index.js';
export * from './networks/index.js';
