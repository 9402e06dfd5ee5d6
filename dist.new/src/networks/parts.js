// The four places where multimodal models differ, as interfaces: encoder, connector, adapter inside a decoder layer, head.
export {};
//# sourceMappingURL=parts.js.map