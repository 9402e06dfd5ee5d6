// Encoder-decoders: what cached decoding needs of one (Whisper over sound), and those whose encoder reads text (T5, BART).

import { cast, equal, sub, type Tensor, where } from '../graph/index.js';
import { Module } from '../nn/index.js';
import type { Parts } from './parts.js';

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

/** What the encoder of an encoder-decoder reads in training. */
export interface SourceSequence {
  /** int [batch, m]. */
  ids: Tensor;
  /** Image rows [rows, width] at the flat positions `at`, int [rows], of networks that take any. */
  features?: Tensor;
  at?: Tensor;
  /** int32 [batch, m]: number of the conversation, 0 for padding; a mask of ones where each row is one. Default: no padding. */
  segments?: Tensor;
}

/** How whole sequences are read. */
export interface SequenceParts {
  segments?: Tensor;
  sources?: Tensor;
  behind?: (states: Tensor) => Tensor;
}

/** An encoder-decoder whose encoder reads token embeddings. */
export abstract class Seq2SeqLanguage extends Module implements EncoderDecoder {
  abstract readonly config: { vocab_size: number; max_position_embeddings?: number };
  abstract readonly cache: CacheShape;
  abstract readonly width: number;
  abstract embed(ids: Tensor): Tensor;
  abstract crossKeysValues(encoded: Tensor): KeysValues[];
  abstract decodeCached(y: Tensor): { hidden: Tensor; outputs: Record<string, Tensor> };
  abstract logits(hidden: Tensor): Tensor;

  /** The parameters by the names that training has for parts; none of vision or connector. */
  abstract parts(): Parts;

  /** Encoder states. x: [batch, n, width] (token embeddings, or anything of that width), mask: int32 [batch, n], 1 for real -> like x. */
  abstract encode(x: Tensor, mask?: Tensor): Tensor;

  /**
   * Decoder states of whole replies from embeddings: y: [batch, n, width] over x: [batch, m, width] -> like y. `behind`: what is made of the
   * encoder's states, [batch, m, width]. Several conversations may share a row, where `segments` and `sources` number them.
   */
  abstract sequence(y: Tensor, x: Tensor, parts?: SequenceParts): Tensor;

  /** Width of image rows among the embeddings. */
  get rowWidth(): number {
    return this.width;
  }

  /**
   * Decoder states of whole conversations, for training: int ids [batch, n], the start token first, over what the encoder reads ->
   * [batch, n, width]. Several conversations may share a row: `segments`, int32 [batch, n], number them as those of the source do, and
   * tokens attend within their own, in both halves and across.
   */
  hidden(ids: Tensor, { ids: source, segments: sources }: SourceSequence, options: { segments?: Tensor } = {}): Tensor {
    return this.sequence(this.embed(ids), this.embed(source), { ...options, sources });
  }
}

/** 0 where query and key are of one segment, else a large negative number. int [batch, n], [batch, m] -> [batch, 1, n, m]. */
export function sameSegment(queries: Tensor, keys: Tensor): Tensor {
  return where(equal(queries.unsqueeze(1).unsqueeze(3), keys.unsqueeze(1).unsqueeze(1)), 0, -1e9);
}

/** What replies add to the scores of sources: [batch, 1, 1 or n, m]; undefined without padding. segments, sources: int32 [batch, n], [batch, m]. */
export function crossBias(segments: Tensor | undefined, sources: Tensor | undefined): Tensor | undefined {
  if (!sources) return undefined;
  return segments ? sameSegment(segments, sources) : where(equal(sources, 0), -1e9, 0).unsqueeze(1).unsqueeze(1);
}

/** 0 for real tokens and a large negative number for padding. mask: int32 [batch, n] -> [batch, 1, 1, n]. */
export function paddingBias(mask: Tensor): Tensor {
  return sub(cast(mask, 'float32'), 1)
    .mul(1e9)
    .reshape([mask.dim(0), 1, 1, mask.dim(1)]);
}
