export { Engine, type EngineMemory, type EngineStats } from './engine.js';
export type { FeatureStats } from './feature-cache.js';
export type { LookupOptions } from './lookup.js';
export type { EngineModel } from './model.js';
export type { PrefixStats } from './prefix-cache.js';
export type { EngineOptions, EngineRequest } from './request.js';
export { Seq2SeqEngine, type Seq2SeqEngineOptions, type Seq2SeqEngineStats, type Seq2SeqRequest } from './seq2seq-engine.js';
export { type TokenEvent, TokenStream, type Usage } from './token-stream.js';
