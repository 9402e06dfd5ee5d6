// The ONNX file format: protobuf bytes <-> plain objects (onnx.proto of ONNX 1.16, IR version 10).
export { DATA_TYPE, DEFAULT_OPSET, dtypeOfCode, IR_VERSION } from './constants.js';
export { decodeModel } from './decode.js';
export { encodeModel } from './encode.js';
//# sourceMappingURL=codec.js.map