// Export: a model folder in the layouts that other programs load.

export * from './browser.js';
export * from './gguf.js';
export type { GgufWeights } from './gguf-language.js';
export * from './hugging-face.js';
export type { LazyModel, LazyTensor, OnnxFileOptions } from './onnx-file.js';
export * from './transformers-js.js';
