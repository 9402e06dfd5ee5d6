// Unified in-context generation: episodes whose answers are words or pictures.

export * from './episodes.js';
