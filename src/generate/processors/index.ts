// Logits processors: the interface, the built-in ones under the names of transformers, and the choice of a row's next token.

export * from './bans.js';
export * from './options.js';
export * from './penalties.js';
export * from './processor.js';
export * from './row.js';
export * from './thinking.js';
export * from './warpers.js';
