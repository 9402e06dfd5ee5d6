// Adapters: what acts inside a network beside its own weights.

export * from './lora.js';
export { patternValue } from './patterns.js';
export { ALL_LINEAR, linearLayers, type TargetRules } from './targets.js';
