// Reasoning over a responder: demonstrations in the context (demos/), chains of thought (chains/), long films and documents (long/).

export * from './chains/index.js';
export * from './demos/index.js';
export * from './long/index.js';
