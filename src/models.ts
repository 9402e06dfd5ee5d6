// sensorium/models: the parts of multimodal models.

export * from './models/index.js';
