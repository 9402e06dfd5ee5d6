// sensorium/serve: the OpenAI-compatible server.
export * from './serve/index.js';
//# sourceMappingURL=serve.js.map