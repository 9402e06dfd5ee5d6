// Every published family: one folder each, with its row for the registry. A new family is a folder and a line here.
export * from './blip/family.js';
export * from './clap/family.js';
export * from './clip/family.js';
export * from './convnext/family.js';
export * from './dinov2/family.js';
export * from './fuyu/family.js';
export * from './gemma3/family.js';
export * from './idefics2/family.js';
export * from './idefics3/family.js';
export * from './kosmos2/family.js';
export * from './llama/family.js';
export * from './internvl/family.js';
export * from './llava/family.js';
export * from './mistral/family.js';
export * from './mixtral/family.js';
export * from './opt/family.js';
export * from './qwen/family.js';
export * from './qwen-vl/family.js';
export * from './qwen3-vl/family.js';
export * from './sensorium/family.js';
export * from './sensorium-detector/family.js';
export * from './siglip/family.js';
export * from './smollm3/family.js';
export * from './t5/family.js';
export * from './whisper/family.js';
//# sourceMappingURL=index.js.map