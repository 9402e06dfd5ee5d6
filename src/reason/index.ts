// Reasoning over a responder: demonstrations in the context (demos/), chains of thought (chains/).

export * from './chains/index.js';
export * from './demos/index.js';
