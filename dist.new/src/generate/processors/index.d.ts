export * from './bans.js';
export * from './options.js';
export * from './penalties.js';
export * from './processor.js';
export * from './row.js';
export * from './warpers.js';
