// T5 (and Flan-T5): an encoder and a decoder with relative positions, RMSNorm and no biases.

import { z } from 'zod';
import { attention, geluTanh, relu, silu, type Tensor } from '../../../graph/index.js';
import { Embedding, init, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../../nn/index.js';
import type { KeysValues } from '../../encoder-decoder.js';
import { stack } from '../../stack.js';
import { relativeBuckets } from './relative-bias.js';

const size = z.number().int().positive();
const token = z.number().int().nonnegative();

/** `config.json` of T5ForConditionalGeneration. */
export const t5Config = z.object({
  model_type: z.literal('t5').default('t5'),
  architectures: z.array(z.string()).default(['T5ForConditionalGeneration']),
  vocab_size: size.default(32128),
  d_model: size.default(512),
  d_kv: size.default(64),
  d_ff: size.default(2048),
  num_layers: size.default(6),
  /** As many as in the encoder by default. */
  num_decoder_layers: size.nullish(),
  num_heads: size.default(8),
  relative_attention_num_buckets: size.default(32),
  relative_attention_max_distance: size.default(128),
  layer_norm_epsilon: z.number().positive().default(1e-6),
  feed_forward_proj: z.enum(['relu', 'gated-gelu', 'gated-silu']).default('relu'),
  tie_word_embeddings: z.boolean().default(true),
  /** Written by transformers 5, which lost this meaning of tie_word_embeddings: decoder outputs are scaled down before the head. */
  scale_decoder_outputs: z.boolean().optional(),
  is_encoder_decoder: z.literal(true).default(true),
  decoder_start_token_id: token.nullish(),
  eos_token_id: z
    .union([token, z.array(token)])
    .nullish()
    .default(1),
  pad_token_id: token.nullish().default(0),
});
export type T5Config = z.infer<typeof t5Config>;

/** A tensor that files of the first T5 have and no T5 uses; at any place in a larger model. */
export const t5CrossBias = /(^|\.)decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/;

const activations = { relu, 'gated-gelu': geluTanh, 'gated-silu': silu };

/** Multi-head attention with unscaled scores; the first of a stack holds the biases of relative positions for all of it. */
export class T5Attention extends Module {
  q: Linear;
  k: Linear;
  v: Linear;
  o: Linear;
  relative_attention_bias?: Embedding;
  constructor(
    private readonly c: T5Config,
    private readonly positions?: { bidirectional: boolean },
  ) {
    super();
    const inner = c.num_heads * c.d_kv;
    this.q = new Linear(c.d_model, inner, { bias: false, init: init.normal((c.d_model * c.d_kv) ** -0.5) });
    this.k = new Linear(c.d_model, inner, { bias: false });
    this.v = new Linear(c.d_model, inner, { bias: false });
    this.o = new Linear(inner, c.d_model, { bias: false });
    if (positions)
      this.relative_attention_bias = new Embedding(c.relative_attention_num_buckets, c.num_heads, init.normal(c.d_model ** -0.5));
  }

  /** Keys and values by head. x: [batch, m, width] -> [batch, heads, m, d] each. */
  keysValues(x: Tensor): KeysValues {
    return { k: splitHeads(this.k.forward(x), this.c.num_heads), v: splitHeads(this.v.forward(x), this.c.num_heads) };
  }

  /** x: [batch, n, width]; bias: additive, broadcast to [batch, heads, n, m] -> [batch, n, width]. */
  forward(x: Tensor, { k, v }: KeysValues, bias?: Tensor): Tensor {
    return this.trace(() => {
      const q = splitHeads(this.q.forward(x), this.c.num_heads);
      return this.o.forward(mergeHeads(attention(q, k, v, { mask: bias, scale: 1 })));
    });
  }

  /** What relative positions add to the scores. delta: int32 [batch or 1, n, m], key minus query -> [batch or 1, heads, n, m]. */
  bias(delta: Tensor): Tensor {
    const { relative_attention_num_buckets: buckets, relative_attention_max_distance: maxDistance } = this.c;
    const { bidirectional = false } = this.positions ?? {};
    const table = this.relative_attention_bias as Embedding;
    return this.trace(() => table.forward(relativeBuckets(delta, { buckets, maxDistance, bidirectional })).transpose([0, 3, 1, 2]));
  }
}

class FeedForward extends Module {
  wi?: Linear;
  wi_0?: Linear;
  wi_1?: Linear;
  wo: Linear;
  constructor(private readonly c: T5Config) {
    super();
    const inner = () => new Linear(c.d_model, c.d_ff, { bias: false });
    if (c.feed_forward_proj === 'relu') this.wi = inner();
    else [this.wi_0, this.wi_1] = [inner(), inner()];
    this.wo = new Linear(c.d_ff, c.d_model, { bias: false });
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const first = activations[this.c.feed_forward_proj]((this.wi ?? (this.wi_0 as Linear)).forward(x));
      return this.wo.forward(this.wi_1 ? first.mul(this.wi_1.forward(x)) : first);
    });
  }
}

class SelfLayer extends Module {
  SelfAttention: T5Attention;
  layer_norm: RmsNorm;
  constructor(c: T5Config, positions?: { bidirectional: boolean }) {
    super();
    this.SelfAttention = new T5Attention(c, positions);
    this.layer_norm = new RmsNorm(c.d_model, c.layer_norm_epsilon);
  }
}
class CrossLayer extends Module {
  EncDecAttention: T5Attention;
  layer_norm: RmsNorm;
  constructor(c: T5Config) {
    super();
    this.EncDecAttention = new T5Attention(c);
    this.layer_norm = new RmsNorm(c.d_model, c.layer_norm_epsilon);
  }
}
class FeedForwardLayer extends Module {
  DenseReluDense: FeedForward;
  layer_norm: RmsNorm;
  constructor(c: T5Config) {
    super();
    this.DenseReluDense = new FeedForward(c);
    this.layer_norm = new RmsNorm(c.d_model, c.layer_norm_epsilon);
  }
}

/** One block; its parts are numbered in the file: self-attention, cross-attention in the decoder, feed-forward. */
export class T5Block extends Module {
  layer: Module[];
  constructor(c: T5Config, { first, decoder }: { first: boolean; decoder: boolean }) {
    super();
    const self = new SelfLayer(c, first ? { bidirectional: !decoder } : undefined);
    this.layer = [self, ...(decoder ? [new CrossLayer(c)] : []), new FeedForwardLayer(c)];
  }
  get self(): T5Attention {
    return (this.layer[0] as SelfLayer).SelfAttention;
  }
  get cross(): T5Attention {
    return (this.layer[1] as CrossLayer).EncDecAttention;
  }

  /** x: [batch, n, width] -> the same. `own` may replace fresh keys and values by a cache that holds them. */
  forward(x: Tensor, bias: Tensor, own: (fresh: KeysValues) => KeysValues, cross?: { from: KeysValues; bias?: Tensor }): Tensor {
    return this.trace(() => {
      const [selfLayer, feedLayer] = [this.layer[0] as SelfLayer, this.layer.at(-1) as FeedForwardLayer];
      const normed = selfLayer.layer_norm.forward(x);
      let h = x.add(this.self.forward(normed, own(this.self.keysValues(normed)), bias));
      if (cross) h = h.add(this.cross.forward((this.layer[1] as CrossLayer).layer_norm.forward(h), cross.from, cross.bias));
      return h.add(feedLayer.DenseReluDense.forward(feedLayer.layer_norm.forward(h)));
    });
  }
}

/** The blocks of one half and the norm after them. */
export class T5Stack extends Module {
  block: T5Block[];
  final_layer_norm: RmsNorm;
  constructor(c: T5Config, layers: number, decoder: boolean) {
    super();
    this.block = stack(layers, (i) => new T5Block(c, { first: i === 0, decoder }));
    this.final_layer_norm = new RmsNorm(c.d_model, c.layer_norm_epsilon);
  }
}
