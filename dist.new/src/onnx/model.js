// The part of the ONNX file format that we write and read, as plain objects. `codec.ts` turns them into protobuf bytes and back.
export {};
//# sourceMappingURL=model.js.map