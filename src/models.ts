// sensorium/models: the parts of multimodal models.

export * from './networks/index.js';
