// sensorium/ai: models of this package as models of the AI SDK, in the same process.
export * from './serve/ai-provider.js';
//# sourceMappingURL=ai.js.map