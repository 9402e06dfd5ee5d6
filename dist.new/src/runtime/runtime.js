// The interface every runtime implements: load an ONNX model, run it on host tensors, in place where the runtime can.
// Free of Node types, so that the browser runtime fits behind it.
export {};
//# sourceMappingURL=runtime.js.map