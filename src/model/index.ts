// Model and Sequence: what every folder, recipe and server holds, and the one encoded form of a conversation.

export { type BuiltModel, buildModel } from './build-model.js';
export { type BuildCotOptions, buildMultimodalCot } from './build-multimodal-cot.js';
export * from './generation-config.js';
export { growVocabulary, tokensOfAdapter, type Vocabulary } from './grow-vocabulary.js';
export { givenPixels, type OpenOptions, openMedia, prepareMedia } from './media.js';
export * from './merge-model.js';
export * from './open-model.js';
export * from './open-spec.js';
export * from './pack.js';
export * from './processor.js';
export * from './save-model.js';
export * from './sequence.js';
export { codeToken, IMAGE_BEGIN, IMAGE_END, type UnifyOptions, unifyModel } from './unify-model.js';
