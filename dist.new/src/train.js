// sensorium/train: recipes, stages and the training loop.
export * from './train/index.js';
//# sourceMappingURL=train.js.map