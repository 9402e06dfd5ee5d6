// Export: a model folder in the layouts that other programs load.

export * from './gguf.js';
export type { GgufWeights } from './gguf-language.js';
