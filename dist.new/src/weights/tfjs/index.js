// TensorFlow.js graph models, read and converted to ONNX.
export { convertTfjs } from './convert.js';
export { readTfjs } from './graph.js';
export { TFJS_OPS } from './ops.js';
//# sourceMappingURL=index.js.map