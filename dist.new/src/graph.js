// sensorium/graph: symbolic tensors, gradients, and compiling them into programs.
export * from './graph/index.js';
export { compile, Program } from './runtime/compile.js';
export { selectRuntime } from './runtime/select.js';
export { hostTensor } from './util/host.js';
//# sourceMappingURL=graph.js.map