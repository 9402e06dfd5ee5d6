// Reasoning over a responder: demonstrations in the context (demos/), long films and documents (long/).

export * from './demos/index.js';
export * from './long/index.js';
