import type { ModelProto } from './model.js';
/** Serialises a model. Throws `onnx.tensor` or `onnx.attribute` for values that do not fit, `onnx.size` beyond protobuf's 2 GB. */
export declare function encodeModel(model: ModelProto): Uint8Array;
