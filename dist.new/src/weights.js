// sensorium/weights: checkpoints in Hugging Face layout.
export * from './weights/index.js';
//# sourceMappingURL=weights.js.map