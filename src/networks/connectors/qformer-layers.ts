// The layers of a Q-Former: BERT's, in which queries and words attend to each other and the queries also to the image every k layers.

import { z } from 'zod';
import { concat, geluTanh, type Tensor } from '../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../nn/index.js';
import { BertAttention } from '../encoders/bert-attention.js';
import { activations as towerActivations } from '../encoders/clip-layers.js';
import { divides } from '../parse-config.js';

const size = z.number().int().positive();
const activations = { ...towerActivations, gelu_new: geluTanh };

/** `qformer_config` of Blip2Config and InstructBlipConfig. */
export const qformerConfig = z
  .object({
    model_type: z.enum(['blip_2_qformer', 'instructblip_qformer']).default('blip_2_qformer'),
    vocab_size: size.default(30522),
    hidden_size: size.default(768),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(12),
    intermediate_size: size.default(3072),
    hidden_act: z.enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu', 'silu']).default('gelu'),
    max_position_embeddings: size.default(512),
    layer_norm_eps: z.number().positive().default(1e-12),
    /** The queries look at the image in layers 0, k, 2k, … */
    cross_attention_frequency: size.default(2),
    encoder_hidden_size: size.default(1408),
    use_qformer_text_input: z.boolean().default(false),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'));
export type QFormerConfig = z.infer<typeof qformerConfig>;

/** dense(x), the residual, LayerNorm. */
class AddNorm extends Module {
  dense: Linear;
  LayerNorm: LayerNorm;
  constructor(inputs: number, c: QFormerConfig) {
    super();
    this.dense = new Linear(inputs, c.hidden_size);
    this.LayerNorm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
  }
  forward(x: Tensor, residual: Tensor): Tensor {
    return this.trace(() => this.LayerNorm.forward(this.dense.forward(x).add(residual)));
  }
}

class Intermediate extends Module {
  dense: Linear;
  constructor(private readonly c: QFormerConfig) {
    super();
    this.dense = new Linear(c.hidden_size, c.intermediate_size);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => activations[this.c.hidden_act](this.dense.forward(x)));
  }
}

class QFormerAttention extends Module {
  attention: BertAttention;
  output: AddNorm;
  constructor(c: QFormerConfig, from?: number) {
    super();
    this.attention = new BertAttention(c.hidden_size, c.num_attention_heads, { from });
    this.output = new AddNorm(c.hidden_size, c);
  }
  forward(x: Tensor, from: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => this.output.forward(this.attention.forward(x, from, mask), x));
  }
}

/** The two streams of a Q-Former, of which it may have either alone: queries [batch, q, width] and words [batch, t, width]. */
export interface Streams {
  queries?: Tensor;
  words?: Tensor;
}

/** Who attends to whom: additive masks over queries and words together, broadcast to [batch, heads, rows of the stream, q + t]. */
export interface StreamMasks {
  queries?: Tensor;
  words?: Tensor;
  /** The queries attend to themselves alone, as if there were no words; their mask then covers themselves. */
  apart?: boolean;
}

/** One layer: joint self-attention, cross-attention of the queries in some layers, and a feed-forward for either stream. */
export class QFormerLayer extends Module {
  attention: QFormerAttention;
  crossattention?: QFormerAttention;
  intermediate?: Intermediate;
  output?: AddNorm;
  intermediate_query: Intermediate;
  output_query: AddNorm;
  constructor(c: QFormerConfig, layer: number, reads: boolean) {
    super();
    this.attention = new QFormerAttention(c);
    if (layer % c.cross_attention_frequency === 0) this.crossattention = new QFormerAttention(c, c.encoder_hidden_size);
    if (reads) [this.intermediate, this.output] = [new Intermediate(c), new AddNorm(c.intermediate_size, c)];
    this.intermediate_query = new Intermediate(c);
    this.output_query = new AddNorm(c.intermediate_size, c);
  }
  /** tokens: [batch, n, encoder width], which queries need. */
  forward({ queries, words }: Streams, tokens: Tensor | undefined, masks: StreamMasks = {}): Streams {
    return this.trace(() => {
      const all = queries && words ? concat([queries, words], 1) : ((queries ?? words) as Tensor);
      const next: Streams = {};
      if (queries) {
        let q = this.attention.forward(queries, masks.apart ? queries : all, masks.queries);
        if (this.crossattention) q = this.crossattention.forward(q, tokens as Tensor);
        next.queries = this.output_query.forward(this.intermediate_query.forward(q), q);
      }
      if (words && this.intermediate && this.output) {
        const w = this.attention.forward(words, all, masks.words);
        next.words = this.output.forward(this.intermediate.forward(w), w);
      }
      return next;
    });
  }
}
