// `sensorium/agents`: tools, programs and the controllers that use them.

export * from './agents/index.js';
