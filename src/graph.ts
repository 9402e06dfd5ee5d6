// sensorium/graph: symbolic tensors, gradients, and compiling them into programs.

export * from './graph/index.js';
export { type CompileOptions, compile, Program } from './runtime/compile.js';
export { selectRuntime } from './runtime/select.js';
export { type HostTensor, hostTensor } from './util/host.js';
