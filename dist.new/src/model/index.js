// Model and Sequence: what every folder, recipe and server holds, and the one encoded form of a conversation.
export { buildModel } from './build-model.js';
export * from './generation-config.js';
export { growVocabulary, tokensOfAdapter } from './grow-vocabulary.js';
export { givenPixels, openMedia, prepareMedia } from './media.js';
export * from './merge-model.js';
export * from './open-model.js';
export * from './open-spec.js';
export * from './pack.js';
export * from './processor.js';
export * from './save-model.js';
export * from './sequence.js';
//# sourceMappingURL=index.js.map