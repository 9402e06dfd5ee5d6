// What cached decoding needs of an encoder-decoder: T5 over text, Whisper over sound.

import type { Tensor } from '../graph/index.js';
import type { Module } from '../nn/index.js';

/** Keys and values by head, [batch, heads, m, d] each. */
export interface KeysValues {
  k: Tensor;
  v: Tensor;
}

/** The shape of a decoder's caches: [batch, heads, capacity, dim] for keys and for values of each layer. */
export interface CacheShape {
  layers: number;
  heads: number;
  dim: number;
}

/** An encoder-decoder whose replies grow over the keys and values of encoder states. */
export interface EncoderDecoder extends Module {
  readonly config: { vocab_size: number };
  readonly cache: CacheShape;
  readonly width: number;
  /** Token embeddings, without positions. ids: int [batch, n] -> [batch, n, width]. */
  embed(ids: Tensor): Tensor;
  /** Keys and values of encoder states [batch, n, width] for every decoder layer. */
  crossKeysValues(encoded: Tensor): KeysValues[];
  /**
   * Decoder states of new tokens over caches; named dimensions `batch`, `seq`, `capacity`, `source`. Takes `lengths`, `total` and
   * `past.*` as a decoder-only model does, `cross.LAYER.key` and `.value`, and `source_mask`; gives `present.*` beside the states.
   */
  decodeCached(y: Tensor): { hidden: Tensor; outputs: Record<string, Tensor> };
  /** hidden: [..., width] -> logits [..., vocab]. */
  logits(hidden: Tensor): Tensor;
}
