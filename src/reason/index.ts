// Reasoning over a responder: demonstrations in the context (demos/).

export * from './demos/index.js';
