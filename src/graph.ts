// sensorium/graph: symbolic tensors, gradients, and compiling them into programs.

export * from './graph/index.js';
export { compile, type CompileOptions, Program } from './runtime/compile.js';
export { selectRuntime } from './runtime/select.js';
export { hostTensor, type HostTensor } from './util/host.js';
