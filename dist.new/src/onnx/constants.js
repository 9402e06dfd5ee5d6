// Numbers of the ONNX file format that reading and writing share.
/** TensorProto.DataType numbers; also the ONNXTensorElementDataType of ONNX Runtime's C API. */
export const DATA_TYPE = {
    float32: 1,
    uint8: 2,
    int8: 3,
    int32: 6,
    int64: 7,
    bool: 9,
    float16: 10,
    float64: 11,
    bfloat16: 16,
};
const DTYPE_OF = new Map(Object.entries(DATA_TYPE).map(([name, code]) => [code, name]));
/** The dtype behind a TensorProto.DataType number; undefined when we have no such dtype (strings, 4-bit types, …). */
export function dtypeOfCode(code) {
    return DTYPE_OF.get(code);
}
/** IR version that we write: 10 is ONNX 1.16, opset 21. */
export const IR_VERSION = 10;
export const DEFAULT_OPSET = 21;
/** AttributeProto.AttributeType, as far as we use it. */
export const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 };
//# sourceMappingURL=constants.js.map