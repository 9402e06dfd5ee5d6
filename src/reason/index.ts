// Reasoning over a responder: chains of thought (chains/).

export * from './chains/index.js';
