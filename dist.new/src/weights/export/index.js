// Export: a model folder in the layouts that other programs load.
export * from './gguf.js';
export * from './hugging-face.js';
export * from './transformers-js.js';
//# sourceMappingURL=index.js.map