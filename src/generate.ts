// sensorium/generate: policies and methods, decoding, constraints, serving engines, and what a quantised model costs in accuracy.

export * from './generate/index.js';
