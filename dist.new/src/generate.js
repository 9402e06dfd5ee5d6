// sensorium/generate: policies and methods, decoding, constraints, serving engines, and what a quantized model costs in accuracy.
export * from './generate/index.js';
//# sourceMappingURL=generate.js.map