export * from './serve/ai-provider.js';
