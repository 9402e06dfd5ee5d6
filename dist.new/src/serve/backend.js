// What computes the replies that have a slot: the continuous batches of generate/ over a decoder or an encoder-decoder.
import { Engine as BatchEngine, Seq2SeqEngine } from '../generate/index.js';
/** Continuous batches over a model, which stays its owner's. */
export async function backendOf(model, { slots, kvBytes, prefixBytes, featureBytes, exact }) {
    const shared = { slots, maxQueue: slots, kvBytes };
    if (model.model.kind === 'seq2seq')
        return seq2seqBackend(await Seq2SeqEngine.create(model, shared));
    return decoderBackend(model, await BatchEngine.create(model, { ...shared, prefixBytes, featureBytes, exact }));
}
/** Continuous batches over a decoder. */
function decoderBackend(model, engine) {
    const { contextLength } = engine;
    return {
        contextLength,
        submit: (request) => engine.submit(request),
        promptChoices: (ids, o) => model.promptChoices(ids, o),
        room: (promptTokens) => contextLength - promptTokens,
        memory: () => engine.memory(),
        cacheHits: () => {
            const { prefix, features } = engine.stats();
            return { prefix: prefix.hitTokens, features: features.hits };
        },
        dispose: () => engine.dispose(),
    };
}
/** Continuous batches over an encoder-decoder: how long a reply may be does not depend on its source. */
function seq2seqBackend(engine) {
    const { contextLength, replyLength } = engine;
    return {
        contextLength,
        submit: (request) => engine.submit(request),
        room: (promptTokens) => (promptTokens <= contextLength ? replyLength : 0),
        memory: () => engine.memory(),
        cacheHits: () => undefined,
        dispose: () => engine.dispose(),
    };
}
//# sourceMappingURL=backend.js.map