// sensorium/models: the parts of multimodal models.
export { open, openModel, saveModel } from './model/index.js';
export { lora } from './networks/adapters/index.js';
export * from './networks/index.js';
//# sourceMappingURL=models.js.map