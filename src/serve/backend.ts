// What computes the replies that have a slot: the continuous batches of generate/ over a decoder or an encoder-decoder.

import { Engine as BatchEngine, type Mllm, type Piece, Seq2SeqEngine } from '../generate/index.js';
import type { EngineBytes } from './engine.js';

/** What computes the replies that have a slot. */
export interface Backend {
  submit(request: Parameters<BatchEngine['submit']>[0]): AsyncIterable<Piece>;
  /** How probable the tokens of a prompt are; absent where that cannot be told. */
  promptChoices?: Mllm['promptChoices'];
  readonly contextLength: number;
  /** Tokens of a reply that fit after a prompt of this length; less than 1 where the prompt itself does not. */
  room(promptTokens: number): number;
  memory(): EngineBytes;
  cacheHits(): { prefix: number; features: number } | undefined;
  dispose(): Promise<void>;
}

/** Bounds of one model's engine. */
export interface BackendOptions {
  slots: number;
  kvBytes?: number;
  prefixBytes?: number;
  featureBytes?: number;
  exact?: boolean;
}

/** Continuous batches over a model, which stays its owner's. */
export async function backendOf(model: Mllm, { slots, kvBytes, prefixBytes, featureBytes, exact }: BackendOptions): Promise<Backend> {
  const shared = { slots, maxQueue: slots, kvBytes };
  if (model.model.kind === 'seq2seq') return seq2seqBackend(await Seq2SeqEngine.create(model, shared));
  return decoderBackend(model, await BatchEngine.create(model, { ...shared, prefixBytes, featureBytes, exact }));
}

/** Continuous batches over a decoder. */
function decoderBackend(model: Mllm, engine: BatchEngine): Backend {
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
function seq2seqBackend(engine: Seq2SeqEngine): Backend {
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
