// Model and Sequence: what every folder, recipe and server holds, and the one encoded form of a conversation.

export * from './sequence.js';
