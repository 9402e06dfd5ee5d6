export * from './cached.js';
export * from './content.js';
export * from './identity.js';
export * from './run-folder.js';
export * from './shard.js';
export * from './store.js';
