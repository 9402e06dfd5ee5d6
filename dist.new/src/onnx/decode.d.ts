import type { ModelProto } from './model.js';
/**
 * Parses a serialised model. Tensor data are views into `bytes` where alignment allows.
 * Throws `onnx.format` when the bytes are not a whole ONNX file, `onnx.dtype`/`onnx.attribute` for parts that we do not represent.
 */
export declare function decodeModel(bytes: Uint8Array): ModelProto;
