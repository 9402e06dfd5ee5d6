// The graph: symbolic tensors, ops, gradients, lowering to ONNX.

export * from './grad.js';
export * from './inputs.js';
export * from './lower.js';
export type { Emitter, Op, OpRow, Vjp, VjpContext } from './op.js';
export { defineOp, registry } from './op.js';
export * from './ops/activation.js';
export * from './ops/after.js';
export * from './ops/arithmetic.js';
export * from './ops/compare.js';
export * from './ops/conv.js';
export * from './ops/decode.js';
export * from './ops/gather.js';
export * from './ops/layout.js';
export * from './ops/matmul.js';
export * from './ops/norm.js';
export * from './ops/put-rows.js';
export * from './ops/quantized.js';
export * from './ops/reduce.js';
export * from './ops/rotary.js';
export * from './ops/softmax.js';
export * from './packed.js';
export * from './packed-passes.js';
export { type Rewrite, rewrite, scalarOf, trainingRewrites } from './passes.js';
export type { SegmentOf } from './recompute.js';
export * from './shape.js';
export * from './tensor.js';
export { ACCEPTED_FALLBACKS, webgpuTarget } from './webgpu.js';
