// Serving: continuous batching, chunked prefill, prefix and feature caches, prompt lookup.
export { Engine } from './engine.js';
export { Seq2SeqEngine } from './seq2seq-engine.js';
export { TokenStream } from './token-stream.js';
//# sourceMappingURL=index.js.map