// The scene world: seeded scenes with exact truth, their pixels, words, questions, probes and the sources made of them.

export * from './captions.js';
export * from './changes.js';
export * from './compositional.js';
export { mostRelated } from './crowded.js';
export { drawingText } from './drawings.js';
export * from './facts.js';
export * from './holdout.js';
export { listRequest, lookups } from './lookups.js';
export * from './media-world.js';
export * from './media-worlds.js';
export * from './multi-step.js';
export * from './object-kinds.js';
export * from './pointing.js';
export * from './preferences.js';
export * from './probes.js';
export * from './questions.js';
export * from './referring.js';
export * from './render.js';
export * from './scene.js';
export * from './sources.js';
export { loadMaster, type Master, type Sprite } from './sprites.js';
export { makeTwins, twinsOf } from './twins.js';
export * from './vocabulary.js';
