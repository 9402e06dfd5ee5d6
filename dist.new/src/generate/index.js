// Generation: cached decoding, sampling, streaming, and Mllm, which asks a model of any kind.
export * from '../model/generation-config.js';
export * from '../text/boxes.js';
export { patchBox, readGrounded } from '../text/grounding.js';
export * from '../weights/int4.js';
export * from '../weights/quantize.js';
export * from '../weights/quantize-plan.js';
export * from './beam.js';
export * from './constrain/index.js';
export * from './decoder.js';
export * from './decoder-policy.js';
export * from './engine/index.js';
export * from './families.js';
export { MediaEncoder } from './media-encoder.js';
export * from './methods/halle.js';
export * from './methods/index.js';
export * from './methods/vcd.js';
export * from './mllm.js';
export * from './policy.js';
export * from './processors/index.js';
export * from './quantize-report.js';
export * from './rank-options.js';
export { collectReply } from './reply.js';
export * from './resolve.js';
export * from './sampling.js';
export * from './seq2seq.js';
export * from './seq2seq-policy.js';
export * from './tokens.js';
//# sourceMappingURL=index.js.map