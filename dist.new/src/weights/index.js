// Checkpoints: safetensors files and Hugging Face folders, read, checked against a model, and written.
export { adapterFolder, isAdapterFolder, modelFolders } from './adapter-folder.js';
export * from './folder.js';
export * from './half.js';
export * from './hub.js';
export * from './match.js';
export { mergeAdapter } from './merge.js';
export * from './names.js';
export * from './network.js';
export { openNetwork } from './open-network.js';
export * from './peft.js';
export { ADAPTER_FILES, readPeftConfig } from './peft-config.js';
export { quantizedSource, readQuantization } from './quantized.js';
export * from './safetensors.js';
export { memorySource, readAll } from './source.js';
export { checkTarget } from './target.js';
//# sourceMappingURL=index.js.map