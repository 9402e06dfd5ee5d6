// What the server needs of a model: take a request, give back tokens as they come. Any engine behind this interface can be served.
/** Bytes of an engine when its caches are full; 0 of one that does not know. */
export function engineBytes(engine) {
    const memory = engine.memory?.();
    if (!memory)
        return 0;
    const { weights, kv, logits, prefix, features, caches = prefix + features } = memory;
    return weights + kv + logits + caches;
}
//# sourceMappingURL=engine.js.map