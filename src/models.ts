// sensorium/models: the parts of multimodal models.

export { type Model, type OpenSpec, open, openModel, saveModel } from './model/index.js';
export { type LoraRequest, type LoraSpec, lora } from './networks/adapters/index.js';
export * from './networks/index.js';
