// Models: encoders, connectors, language models, and mllm, which joins them.

export { type ConnectorSizes, type ConnectorSpec, defineConnector } from './connectors/define.js';
export * from './connectors/mlp.js';
export * from './encoders/clip.js';
export * from './encoders/clip-text.js';
export * from './encoders/clip-vision.js';
export * from './language/llama.js';
export * from './mllm.js';
export * from './parts.js';
