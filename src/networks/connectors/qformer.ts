// The Q-Former of BLIP-2 and InstructBLIP: learned queries that look at the image, and may read the instruction (Li et al. 2023, Dai et al. 2023).

import { arange, concat, Parameter, type Tensor, zeros } from '../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { paddingBias } from '../encoder-decoder.js';
import type { Connector } from '../parts.js';
import { stack } from '../stack.js';
import { type QFormerConfig, QFormerLayer, type StreamMasks, type Streams } from './qformer-layers.js';

class Embeddings extends Module {
  word_embeddings: Embedding;
  position_embeddings: Embedding;
  layernorm: LayerNorm;
  constructor(c: QFormerConfig) {
    super();
    this.word_embeddings = new Embedding(c.vocab_size, c.hidden_size);
    this.position_embeddings = new Embedding(c.max_position_embeddings, c.hidden_size);
    this.layernorm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
  }
}

class Layers extends Module {
  layer: QFormerLayer[];
  constructor(c: QFormerConfig, reads: boolean) {
    super();
    this.layer = stack(c.num_hidden_layers, (i) => new QFormerLayer(c, i, reads));
  }
}

/** Blip2QFormerModel, or with `reads` InstructBlipQFormerModel, which embeds the words of an instruction. */
export class QFormer extends Module {
  layernorm?: LayerNorm;
  embeddings?: Embeddings;
  encoder: Layers;
  constructor(
    readonly config: QFormerConfig,
    { reads = false }: { reads?: boolean } = {},
  ) {
    super();
    if (reads) this.embeddings = new Embeddings(config);
    else this.layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    this.encoder = new Layers(config, reads || config.use_qformer_text_input);
  }

  /** The words of an instruction with their positions. ids: int [batch, t] -> [batch, t, width]. Errors: `model.connector` where it reads none. */
  embed(ids: Tensor): Tensor {
    const { embeddings } = this;
    if (!embeddings)
      throw new SensoriumError('model.connector', 'this Q-Former reads no instruction', {
        place: this.path,
        hint: "InstructBLIP's does; BLIP-2's sees the image alone",
      });
    return this.trace(() => embeddings.word_embeddings.forward(ids).add(embeddings.position_embeddings.forward(arange(ids.dim(1)))));
  }

  /**
   * What the queries have seen. queries: [batch, q, width], tokens: [batch, n, encoder width], words: [batch, t, width] as `embed` gives
   * them, mask: int32 [batch, t], 1 for real words -> [batch, q, width].
   */
  forward(queries: Tensor, tokens: Tensor, { words, mask }: { words?: Tensor; mask?: Tensor } = {}): Tensor {
    return this.trace(() => {
      const bias = mask && concat([zeros([mask.dim(0), 1, 1, queries.size(1)]), paddingBias(mask)], 3);
      return this.streams({ queries, words }, tokens, { queries: bias, words: bias }).queries as Tensor;
    });
  }

  /** Either stream or both through all layers, under masks. */
  streams({ queries, words }: Streams, tokens: Tensor | undefined, masks: StreamMasks = {}): Streams {
    return this.trace(() => {
      const norm = this.embeddings?.layernorm ?? (this.layernorm as LayerNorm);
      let streams: Streams = { queries: queries && norm.forward(queries), words: words && norm.forward(words) };
      for (const layer of this.encoder.layer) streams = layer.forward(streams, tokens, masks);
      return streams;
    });
  }
}

/** The Q-Former as a connector: its queries, and the projection to the width of the language model. */
export class QFormerConnector extends Module implements Connector {
  query_tokens: Parameter;
  qformer: QFormer;
  language_projection: Linear;
  constructor(config: QFormerConfig, { queries, width, reads = false }: { queries: number; width: number; reads?: boolean }) {
    super();
    this.query_tokens = new Parameter([1, queries, config.hidden_size], init.normal(0.02));
    this.qformer = new QFormer(config, { reads });
    this.language_projection = new Linear(config.hidden_size, width);
  }
  tokenCount(): number {
    return this.query_tokens.dims[1] as number;
  }
  /** tokens: [batch, n, encoder width]; instruction: [batch, t, Q-Former width], of which `mask` (int32 [batch, t]) tells the real words. */
  project(tokens: Tensor, instruction?: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const [, count, width] = this.query_tokens.dims as [number, number, number];
      const queries = this.query_tokens.expand([tokens.dim(0), count, width]);
      return this.language_projection.forward(this.qformer.forward(queries, tokens, { words: instruction, mask }));
    });
  }
}
