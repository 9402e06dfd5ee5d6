// BART (Lewis et al. 2020): an encoder and a decoder with learnt positions, norms behind each part, and one table of embeddings for all.

import { z } from 'zod';
import { and, arange, cast, causalMask, equal, gather, greater, input, less, type Tensor, where } from '../../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../../nn/index.js';
import {
  type CacheShape,
  crossBias,
  type KeysValues,
  paddingBias,
  Seq2SeqLanguage,
  type SequenceParts,
  sameSegment,
} from '../../encoder-decoder.js';
import { activations, towerActivation } from '../../encoders/clip-layers.js';
import { newRows, writeRows } from '../../language/cache.js';
import { Seq2SeqAttention } from '../../language/seq2seq-attention.js';
import { divides } from '../../parse-config.js';
import type { Parts } from '../../parts.js';
import { stack } from '../../stack.js';

const size = z.number().int().positive();
const token = z.number().int().nonnegative();

/** `config.json` of BartForConditionalGeneration. */
export const bartConfig = z
  .object({
    model_type: z.literal('bart').default('bart'),
    architectures: z.array(z.string()).nullish(),
    vocab_size: size.default(50265),
    max_position_embeddings: size.default(1024),
    d_model: size.default(1024),
    encoder_layers: size.default(12),
    encoder_ffn_dim: size.default(4096),
    encoder_attention_heads: size.default(16),
    decoder_layers: size.default(12),
    decoder_ffn_dim: size.default(4096),
    decoder_attention_heads: size.default(16),
    activation_function: towerActivation.default('gelu'),
    scale_embedding: z.boolean().default(false),
    /** One table for both halves and the head, as in all published files. */
    tie_word_embeddings: z.literal(true).default(true),
    is_encoder_decoder: z.literal(true).default(true),
    decoder_start_token_id: token.nullish().default(2),
    bos_token_id: token.nullish().default(0),
    eos_token_id: z
      .union([token, z.array(token)])
      .nullish()
      .default(2),
    pad_token_id: token.nullish().default(1),
  })
  .superRefine(divides('encoder_attention_heads', 'd_model'))
  .superRefine(divides('decoder_attention_heads', 'd_model'));
export type BartConfig = z.infer<typeof bartConfig>;

/** Positions stand behind this many rows of their table that are never read. */
const OFFSET = 2;

class BartLayer extends Module {
  self_attn: Seq2SeqAttention;
  self_attn_layer_norm: LayerNorm;
  encoder_attn?: Seq2SeqAttention;
  encoder_attn_layer_norm?: LayerNorm;
  fc1: Linear;
  fc2: Linear;
  final_layer_norm: LayerNorm;
  constructor(
    private readonly c: BartConfig,
    half: 'encoder' | 'decoder',
  ) {
    super();
    const { d_model: width } = c;
    const heads = c[`${half}_attention_heads`];
    const inner = c[`${half}_ffn_dim`];
    this.self_attn = new Seq2SeqAttention(width, heads);
    this.self_attn_layer_norm = new LayerNorm(width);
    if (half === 'decoder') {
      this.encoder_attn = new Seq2SeqAttention(width, heads);
      this.encoder_attn_layer_norm = new LayerNorm(width);
    }
    this.fc1 = new Linear(width, inner);
    this.fc2 = new Linear(inner, width);
    this.final_layer_norm = new LayerNorm(width);
  }
  /** x: [batch, n, width] -> the same. `own` may replace fresh keys and values by a cache that holds them. */
  forward(
    x: Tensor,
    mask: Tensor | undefined,
    own: (fresh: KeysValues) => KeysValues,
    cross?: { from: KeysValues; mask?: Tensor },
  ): Tensor {
    return this.trace(() => {
      let h = this.self_attn_layer_norm.forward(x.add(this.self_attn.forward(x, own(this.self_attn.keysValues(x)), mask)));
      if (cross && this.encoder_attn && this.encoder_attn_layer_norm)
        h = this.encoder_attn_layer_norm.forward(h.add(this.encoder_attn.forward(h, cross.from, cross.mask)));
      return this.final_layer_norm.forward(h.add(this.fc2.forward(activations[this.c.activation_function](this.fc1.forward(h)))));
    });
  }
}

/** One half: positions, a norm over the sum, and layers. */
class BartStack extends Module {
  embed_positions: Embedding;
  layernorm_embedding: LayerNorm;
  layers: BartLayer[];
  constructor(
    private readonly c: BartConfig,
    half: 'encoder' | 'decoder',
  ) {
    super();
    this.embed_positions = new Embedding(c.max_position_embeddings + OFFSET, c.d_model, init.normal(0.02));
    this.layernorm_embedding = new LayerNorm(c.d_model);
    this.layers = stack(c[`${half}_layers`], () => new BartLayer(c, half));
  }
  /** What goes into the first layer. x: [batch, n, width]; positions: int32 [batch or 1, n]. */
  placed(x: Tensor, positions: Tensor): Tensor {
    const last = this.c.max_position_embeddings - 1; // padding may lie beyond
    const row = where(greater(positions, last), last, positions).add(OFFSET);
    return this.layernorm_embedding.forward(x.add(gather(this.embed_positions.weight, row)));
  }
}

/** BartForConditionalGeneration, whose logits have no biases here. */
export class Bart extends Seq2SeqLanguage {
  shared: Embedding;
  encoder: BartStack;
  decoder: BartStack;
  lm_head: Linear;
  constructor(readonly config: BartConfig) {
    super();
    this.shared = new Embedding(config.vocab_size, config.d_model, init.normal(0.02));
    this.encoder = new BartStack(config, 'encoder');
    this.decoder = new BartStack(config, 'decoder');
    this.lm_head = new Linear(config.d_model, config.vocab_size, { bias: false });
    this.lm_head.weight = this.shared.weight;
  }

  get width(): number {
    return this.config.d_model;
  }
  get cache(): CacheShape {
    const { decoder_layers: layers, decoder_attention_heads: heads, d_model } = this.config;
    return { layers, heads, dim: d_model / heads };
  }
  override parts(): Parts {
    return { vision: [], connector: [], language: this.parameters(), embeddings: [this.shared.weight] };
  }

  embed(ids: Tensor): Tensor {
    const x = this.shared.forward(ids);
    return this.config.scale_embedding ? x.mul(Math.sqrt(this.width)) : x;
  }

  override encode(x: Tensor, mask?: Tensor): Tensor {
    return this.encodeMasked(x, positionsOf(x), mask && paddingBias(mask));
  }

  private encodeMasked(x: Tensor, positions: Tensor, mask: Tensor | undefined): Tensor {
    return this.trace(() =>
      this.encoder.layers.reduce((h, layer) => layer.forward(h, mask, (fresh) => fresh), this.encoder.placed(x, positions)),
    );
  }

  crossKeysValues(encoded: Tensor): KeysValues[] {
    return this.decoder.layers.map((layer) => (layer.encoder_attn as Seq2SeqAttention).keysValues(encoded));
  }

  override sequence(y: Tensor, x: Tensor, { segments, sources, behind = (states) => states }: SequenceParts = {}): Tensor {
    const encoded = behind(this.encodeMasked(x, positionsOf(x, sources), sources && sameSegment(sources, sources)));
    const causal = causalMask(y.size(1));
    return this.decode(y, {
      positions: positionsOf(y, segments),
      mask: segments ? causal.add(sameSegment(segments, segments)) : causal,
      own: (_, fresh) => fresh,
      cross: this.crossKeysValues(encoded),
      crossMask: crossBias(segments, sources),
    });
  }

  decodeCached(y: Tensor): { hidden: Tensor; outputs: Record<string, Tensor> } {
    const rows = newRows();
    const outputs: Record<string, Tensor> = {};
    const { layers, heads, dim } = this.cache;
    const at = (name: string): Tensor => input(`cross.${name}`, ['batch', heads, 'source', dim]);
    const hidden = this.decode(y, {
      positions: rows.positions,
      mask: rows.mask(),
      own: (layer, { k, v }) => ({
        k: writeRows(rows, `${layer}.key`, k, outputs),
        v: writeRows(rows, `${layer}.value`, v, outputs),
      }),
      cross: Array.from({ length: layers }, (_, layer) => ({ k: at(`${layer}.key`), v: at(`${layer}.value`) })),
      crossMask: paddingBias(input('source_mask', ['batch', 'source'], 'int32')),
    });
    return { hidden, outputs };
  }

  private decode(y: Tensor, o: DecodeParts): Tensor {
    return this.trace(() => {
      let h = this.decoder.placed(y, o.positions);
      this.decoder.layers.forEach((layer, i) => {
        h = layer.forward(h, o.mask, (fresh) => o.own(i, fresh), { from: o.cross[i] as KeysValues, mask: o.crossMask });
      });
      return h;
    });
  }

  logits(hidden: Tensor): Tensor {
    return this.trace(() => this.lm_head.forward(hidden));
  }
}

/** The embeddings, which files may repeat for each half and the head. */
export const bartTied = (at = ''): Record<string, string> => ({
  [`${at}encoder.embed_tokens.weight`]: `${at}shared.weight`,
  [`${at}decoder.embed_tokens.weight`]: `${at}shared.weight`,
  [`${at}lm_head.weight`]: `${at}shared.weight`,
});

/** What the decoder goes over. */
interface DecodeParts {
  /** int32 [batch or 1, n]. */
  positions: Tensor;
  /** Additive, broadcast to [batch, heads, n, m]. */
  mask: Tensor;
  own: (layer: number, fresh: KeysValues) => KeysValues;
  cross: readonly KeysValues[];
  /** Additive, [batch, 1, 1 or n, source]. */
  crossMask?: Tensor;
}

/** Positions of tokens, int32 [1, n]; with segments, int32 [batch, n], each token's within its own, [batch, n]. */
function positionsOf(x: Tensor, segments?: Tensor): Tensor {
  const order = arange(x.dim(1));
  if (!segments) return order.unsqueeze(0);
  const before = less(order.unsqueeze(0), order.unsqueeze(1)).unsqueeze(0); // [1, n, n]
  const own = equal(segments.unsqueeze(2), segments.unsqueeze(1));
  return cast(and(own, before), 'int32').sum(2);
}
