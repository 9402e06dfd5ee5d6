// Generation: cached decoding, sampling, streaming, and Mllm, which answers questions about images.

export * from '../model/generation-config.js';
export * from '../text/boxes.js';
export { type Entity, type Grounded, patchBox, readGrounded } from '../text/grounding.js';
export * from '../weights/int4.js';
export * from '../weights/quantize.js';
export * from '../weights/quantize-plan.js';
export * from './beam.js';
export * from './causal-lm.js';
export * from './constrain/index.js';
export * from './decoder.js';
export * from './engine/index.js';
export * from './families.js';
export { framedIds } from './language-folder.js';
export * from './load-model.js';
export * from './mllm.js';
export * from './processors/index.js';
export type { PromptOptions } from './prompt-options.js';
export * from './quantize-report.js';
export { collectReply, type TextReply } from './reply.js';
export * from './resolve.js';
export * from './sampling.js';
export * from './seq2seq.js';
export * from './seq2seq-lm.js';
export * from './tokens.js';
