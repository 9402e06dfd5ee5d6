// Layers.

export * from './auxiliary.js';
export * from './dropout.js';
export * from './heads.js';
export * as init from './init.js';
export * from './linear.js';
export * from './lora.js';
export * from './module.js';
export * from './multihead-attention.js';
export * from './sequential.js';
