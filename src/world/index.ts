// The scene world: seeded scenes with exact truth, their pixels, words, questions and probes.

export * from './captions.js';
export * from './facts.js';
export * from './holdout.js';
export * from './questions.js';
export * from './render.js';
export * from './scene.js';
export * from './vocabulary.js';
