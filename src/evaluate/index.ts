// Measuring a model: metrics over plain data, benchmarks over the scene world, degenerate baselines, reports.

export * from './answerer.js';
export * from './chair.js';
export * from './degenerate.js';
export * from './mentions.js';
export * from './pope.js';
export * from './retrieval.js';
export * from './runner.js';
export * from './samples.js';
export * from './vqa.js';
export * from './vqa-normalise.js';
export * from './wilson.js';
export * from './yes-no.js';
export * from './zero-shot.js';
