// Replies that outlive the process: kept in a folder, answered in parts by several processes, or by workers of a queue.
export * from './cached.js';
export * from './content.js';
export * from './identity.js';
export * from './run-folder.js';
export * from './shard.js';
export * from './store.js';
//# sourceMappingURL=index.js.map