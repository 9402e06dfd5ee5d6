// Adapters: what acts inside a network beside its own weights.

export { attributeMoe } from './attribute-moe.js';
export { Bind, bind } from './bind.js';
export { gatedCrossAttention } from './gated-cross-attention.js';
export { HaclHead, hacl } from './hacl.js';
export { halle } from './halle.js';
export { highResolution } from './high-resolution.js';
export { lavin } from './lavin.js';
export { llamaAdapter } from './llama-adapter.js';
export * from './lora.js';
export { lynx } from './lynx.js';
export { patternValue } from './patterns.js';
export * from './registry.js';
export { endAdapter, RewardHead, rewardHead, ValueHead, valueHead, withoutValueHead } from './scalar-heads.js';
export { ALL_LINEAR, linearLayers, type TargetRules } from './targets.js';
export { moe } from './upcycled-moe.js';
export { visualExpert } from './visual-expert.js';
