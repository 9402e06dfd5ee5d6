// Models: encoders, connectors, language models, and mllm, which joins them.

export { type ConnectorSizes, type ConnectorSpec, defineConnector } from './connectors/define.js';
export * from './connectors/mlp.js';
export * from './encoders/clip.js';
export * from './encoders/clip-text.js';
export * from './encoders/clip-vision.js';
export * from './encoders/idefics-vision.js';
export { type Grid, qwenPlaces, qwenWindows } from './encoders/qwen-vision.js';
export * from './families.js';
export * from './family.js';
export { buildLanguage, languageConfig } from './language/any.js';
export type { AttentionStrategy, CacheStrategy, SequenceOptions } from './language/attention.js';
export { type DecoderConfig, decoderConfig, decoderFields, windowFields, windowOf } from './language/config.js';
export * from './language/decoder.js';
export * from './language/llama.js';
export * from './language/mistral.js';
export * from './language/mixtral.js';
export * from './language/qwen.js';
export { type RopeScaling, type Rotation, sectionedRotation } from './language/rope.js';
export { type T5Config, t5Config } from './language/t5.js';
export * from './language/t5-model.js';
export * from './mllm.js';
export * from './multimodal.js';
export * from './parse-config.js';
export * from './parts.js';
export * from './vision-language/families.js';
export * from './vision-language/idefics3.js';
export * from './vision-language/qwen-vl.js';
