// T5ForConditionalGeneration: the two halves joined, as one graph for whole sequences and as two for generation.

import { arange, cast, causalMask, equal, input, sub, type Tensor, where } from '../../../graph/index.js';
import { Embedding, init, Linear, Module } from '../../../nn/index.js';
import type { CacheShape, EncoderDecoder, KeysValues } from '../../encoder-decoder.js';
import { newRows, writeRows } from '../../language/cache.js';
import type { Parts } from '../../parts.js';
import { type T5Config, T5Stack } from './layers.js';

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

/** T5ForConditionalGeneration. */
export class T5 extends Module implements EncoderDecoder {
  shared: Embedding;
  encoder: T5Stack;
  decoder: T5Stack;
  lm_head: Linear;
  constructor(readonly config: T5Config) {
    super();
    this.shared = new Embedding(config.vocab_size, config.d_model, init.normal(1));
    this.encoder = new T5Stack(config, config.num_layers, false);
    this.decoder = new T5Stack(config, config.num_decoder_layers ?? config.num_layers, true);
    this.lm_head = new Linear(config.d_model, config.vocab_size, { bias: false });
    if (config.tie_word_embeddings && config.scale_decoder_outputs !== false) this.lm_head.weight = this.shared.weight;
  }

  get width(): number {
    return this.config.d_model;
  }
  get cache(): CacheShape {
    return { layers: this.decoder.block.length, heads: this.config.num_heads, dim: this.config.d_kv };
  }
  get rowWidth(): number {
    return this.width;
  }

  /** The parameters by the names that training has for parts; none of vision or connector. */
  parts(): Parts {
    const embeddings = [...new Set([this.shared.weight, this.lm_head.weight])];
    return { vision: [], connector: [], language: this.parameters(), embeddings };
  }

  /** ids: int [batch, n] -> [batch, n, width]. */
  embed(ids: Tensor): Tensor {
    return this.shared.forward(ids);
  }

  /** Encoder states. x: [batch, n, width] (token embeddings, or anything of that width), mask: int32 [batch, n], 1 for real -> like x. */
  encode(x: Tensor, mask?: Tensor): Tensor {
    return this.encodeMasked(x, mask && paddingBias(mask));
  }

  /** The same, with what is added to the scores: [batch, 1, 1 or n, n]. */
  private encodeMasked(x: Tensor, mask: Tensor | undefined): Tensor {
    return this.trace(() => {
      const order = arange(x.dim(1));
      const relative = (this.encoder.block[0] as T5Stack['block'][number]).self.bias(differences(order, order));
      const bias = mask ? relative.add(mask) : relative;
      let h = x;
      for (const block of this.encoder.block) h = block.forward(h, bias, (fresh) => fresh);
      return this.encoder.final_layer_norm.forward(h);
    });
  }

  /** Keys and values of the encoder states for every decoder block. encoded: [batch, n, width]. */
  crossKeysValues(encoded: Tensor): KeysValues[] {
    return this.decoder.block.map((block) => block.cross.keysValues(encoded));
  }

  /**
   * Decoder states of whole conversations, for training: int ids [batch, n], the start token first, over what the encoder reads ->
   * [batch, n, width]. Several conversations may share a row: `segments`, int32 [batch, n], number them as those of the source do, and
   * tokens attend within their own, in both halves and across.
   */
  hidden(ids: Tensor, { ids: source, segments: sources }: SourceSequence, options: { segments?: Tensor } = {}): Tensor {
    return this.sequence(this.embed(ids), this.embed(source), { ...options, sources });
  }

  /** The same from embeddings: y: [batch, n, width], x: [batch, m, width]. `behind`: what is made of the encoder's states, [batch, m, width]. */
  sequence(y: Tensor, x: Tensor, { segments, sources, behind = (states) => states }: SequenceParts = {}): Tensor {
    const order = arange(y.dim(1));
    const causal = causalMask(y.size(1));
    const encoded = behind(this.encodeMasked(x, sources && sameSegment(sources, sources)));
    return this.decodeOver(y, {
      delta: differences(order, order),
      mask: segments ? causal.add(sameSegment(segments, segments)) : causal,
      own: (_, fresh) => fresh,
      cross: this.crossKeysValues(encoded),
      crossBias: sources && (segments ? sameSegment(segments, sources) : where(equal(sources, 0), -1e9, 0).unsqueeze(1).unsqueeze(1)),
    });
  }

  decodeCached(y: Tensor): { hidden: Tensor; outputs: Record<string, Tensor> } {
    const rows = newRows();
    const outputs: Record<string, Tensor> = {};
    const { num_heads: heads, d_kv } = this.config;
    const crossInput = (name: string): Tensor => input(`cross.${name}`, ['batch', heads, 'source', d_kv]);
    const hidden = this.decodeOver(y, {
      delta: sub(rows.order, rows.positions.reshape(['batch', 'seq', 1])),
      mask: rows.mask(),
      own: (layer, { k, v }) => ({
        k: writeRows(rows, `${layer}.key`, k, outputs),
        v: writeRows(rows, `${layer}.value`, v, outputs),
      }),
      cross: this.decoder.block.map((_, layer) => ({ k: crossInput(`${layer}.key`), v: crossInput(`${layer}.value`) })),
      crossBias: paddingBias(input('source_mask', ['batch', 'source'], 'int32')),
    });
    return { hidden, outputs };
  }

  /** Decoder states of new tokens, wherever their keys and values are kept. y: [batch, n, width] -> the same. */
  decodeOver(y: Tensor, o: DecodeParts): Tensor {
    return this.trace(() => {
      const bias = (this.decoder.block[0] as T5Stack['block'][number]).self.bias(o.delta).add(o.mask);
      let h = y;
      this.decoder.block.forEach((block, layer) => {
        h = block.forward(h, bias, (fresh) => o.own(layer, fresh), { from: o.cross[layer] as KeysValues, bias: o.crossBias });
      });
      return this.decoder.final_layer_norm.forward(h);
    });
  }

  /** hidden: [..., width] -> logits [..., vocab]. The first T5 scales states down before a head that is its embedding. */
  logits(hidden: Tensor): Tensor {
    const { scale_decoder_outputs: scaled = this.config.tie_word_embeddings } = this.config;
    return this.trace(() => this.lm_head.forward(scaled ? hidden.mul(this.config.d_model ** -0.5) : hidden));
  }
}

/** What a T5 decoder goes over. */
export interface DecodeParts {
  /** int32 [batch or 1, n, m]: position of each key minus that of each new token. */
  delta: Tensor;
  /** Additive, broadcast to [batch, heads, n, m]. */
  mask: Tensor;
  /** All keys and values of a layer, given those of the new tokens. */
  own: (layer: number, fresh: KeysValues) => KeysValues;
  /** Keys and values of the encoder states, for every layer. */
  cross: readonly KeysValues[];
  /** Additive, [batch, 1, 1, source]. */
  crossBias?: Tensor;
}

/** [1, n, m]: position of the key minus that of the query. */
function differences(queries: Tensor, keys: Tensor): Tensor {
  return sub(keys, queries.reshape([1, queries.dim(0), 1]));
}

/** 0 where query and key are of one segment, else a large negative number. int [batch, n], [batch, m] -> [batch, 1, n, m]. */
function sameSegment(queries: Tensor, keys: Tensor): Tensor {
  return where(equal(queries.unsqueeze(1).unsqueeze(3), keys.unsqueeze(1).unsqueeze(1)), 0, -1e9);
}

/** 0 for real tokens and a large negative number for padding. mask: int32 [batch, n] -> [batch, 1, 1, n]. */
export function paddingBias(mask: Tensor): Tensor {
  return sub(cast(mask, 'float32'), 1)
    .mul(1e9)
    .reshape([mask.dim(0), 1, 1, mask.dim(1)]);
}
