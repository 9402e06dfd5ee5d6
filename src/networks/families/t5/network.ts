// T5ForConditionalGeneration: the two halves joined, as one graph for whole sequences and as two for generation.

import { arange, causalMask, input, sub, type Tensor } from '../../../graph/index.js';
import { Embedding, init, Linear } from '../../../nn/index.js';
import {
  type CacheShape,
  crossBias,
  type KeysValues,
  paddingBias,
  Seq2SeqLanguage,
  type SequenceParts,
  sameSegment,
} from '../../encoder-decoder.js';
import { newRows, writeRows } from '../../language/cache.js';
import type { Parts } from '../../parts.js';
import { type T5Config, T5Stack } from './layers.js';

/** T5ForConditionalGeneration. */
export class T5 extends Seq2SeqLanguage {
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

  parts(): Parts {
    const embeddings = [...new Set([this.shared.weight, this.lm_head.weight])];
    return { vision: [], connector: [], language: this.parameters(), embeddings };
  }

  embed(ids: Tensor): Tensor {
    return this.shared.forward(ids);
  }

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

  crossKeysValues(encoded: Tensor): KeysValues[] {
    return this.decoder.block.map((block) => block.cross.keysValues(encoded));
  }

  sequence(y: Tensor, x: Tensor, { segments, sources, behind = (states) => states }: SequenceParts = {}): Tensor {
    const order = arange(y.dim(1));
    const causal = causalMask(y.size(1));
    const encoded = behind(this.encodeMasked(x, sources && sameSegment(sources, sources)));
    return this.decodeOver(y, {
      delta: differences(order, order),
      mask: segments ? causal.add(sameSegment(segments, segments)) : causal,
      own: (_, fresh) => fresh,
      cross: this.crossKeysValues(encoded),
      crossBias: crossBias(segments, sources),
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
