// WhisperForConditionalGeneration: the encoder of sounds, and a decoder that writes what was said.

import { arange, causalMask, gather, greater, input, type Tensor, where } from '../../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { type CacheShape, type EncoderDecoder, type KeysValues, paddingBias } from '../../encoder-decoder.js';
import { activations } from '../../encoders/clip-layers.js';
import { type WhisperConfig, WhisperEncoder } from '../../encoders/whisper.js';
import { newRows, writeRows } from '../../language/cache.js';
import { Seq2SeqAttention } from '../../language/seq2seq-attention.js';
import { stack } from '../../stack.js';

class WhisperDecoderLayer extends Module {
  self_attn: Seq2SeqAttention;
  self_attn_layer_norm: LayerNorm;
  encoder_attn: Seq2SeqAttention;
  encoder_attn_layer_norm: LayerNorm;
  fc1: Linear;
  fc2: Linear;
  final_layer_norm: LayerNorm;
  constructor(private readonly c: WhisperConfig) {
    super();
    const { d_model: width, decoder_attention_heads: heads, decoder_ffn_dim: inner } = c;
    this.self_attn = new Seq2SeqAttention(width, heads, { keyBias: false });
    this.self_attn_layer_norm = new LayerNorm(width);
    this.encoder_attn = new Seq2SeqAttention(width, heads, { keyBias: false });
    this.encoder_attn_layer_norm = new LayerNorm(width);
    this.fc1 = new Linear(width, inner);
    this.fc2 = new Linear(inner, width);
    this.final_layer_norm = new LayerNorm(width);
  }
  /** x: [batch, n, width] -> the same. `own` may replace fresh keys and values by a cache that holds them. */
  forward(x: Tensor, mask: Tensor, own: (fresh: KeysValues) => KeysValues, cross: { from: KeysValues; mask?: Tensor }): Tensor {
    return this.trace(() => {
      const normed = this.self_attn_layer_norm.forward(x);
      let h = x.add(this.self_attn.forward(normed, own(this.self_attn.keysValues(normed)), mask));
      h = h.add(this.encoder_attn.forward(this.encoder_attn_layer_norm.forward(h), cross.from, cross.mask));
      return h.add(this.fc2.forward(activations[this.c.activation_function](this.fc1.forward(this.final_layer_norm.forward(h)))));
    });
  }
}

class WhisperDecoder extends Module {
  embed_tokens: Embedding;
  embed_positions: Embedding;
  layers: WhisperDecoderLayer[];
  layer_norm: LayerNorm;
  constructor(readonly config: WhisperConfig) {
    super();
    this.embed_tokens = new Embedding(config.vocab_size, config.d_model, init.normal(0.02));
    this.embed_positions = new Embedding(config.max_target_positions, config.d_model, init.normal(0.02));
    this.layers = stack(config.decoder_layers, () => new WhisperDecoderLayer(config));
    this.layer_norm = new LayerNorm(config.d_model);
  }
}

/** WhisperForConditionalGeneration, with the names of the parameters of `WhisperModel`. */
export class WhisperForConditionalGeneration extends Module implements EncoderDecoder {
  encoder: WhisperEncoder;
  decoder: WhisperDecoder;
  constructor(readonly config: WhisperConfig) {
    super();
    this.encoder = new WhisperEncoder(config);
    this.decoder = new WhisperDecoder(config);
  }
  get width(): number {
    return this.config.d_model;
  }
  get cache(): CacheShape {
    const { decoder_layers: layers, decoder_attention_heads: heads, d_model } = this.config;
    return { layers, heads, dim: d_model / heads };
  }
  embed(ids: Tensor): Tensor {
    return this.decoder.embed_tokens.forward(ids); // transformers reads `scale_embedding` and does not apply it
  }
  crossKeysValues(encoded: Tensor): KeysValues[] {
    return this.decoder.layers.map((layer) => layer.encoder_attn.keysValues(encoded));
  }

  /** Decoder states of whole replies, the start token first: int ids [batch, n] over a spectrogram [batch, mels, frames] -> [batch, n, width]. */
  hidden(ids: Tensor, spectrogram: Tensor): Tensor {
    const cross = this.crossKeysValues(this.encoder.tokens(spectrogram));
    const positions = arange(ids.dim(1)).unsqueeze(0);
    return this.decode(this.embed(ids), { positions, mask: causalMask(ids.size(1)), own: (_, fresh) => fresh, cross });
  }

  decodeCached(y: Tensor): { hidden: Tensor; outputs: Record<string, Tensor> } {
    const rows = newRows();
    const outputs: Record<string, Tensor> = {};
    const { layers, heads, dim } = this.cache;
    const at = (name: string): Tensor => input(`cross.${name}`, ['batch', heads, 'source', dim]);
    const padding = input('source_mask', ['batch', 'source'], 'int32');
    const hidden = this.decode(y, {
      positions: rows.positions,
      mask: rows.mask(),
      own: (layer, { k, v }) => ({
        k: writeRows(rows, `${layer}.key`, k, outputs),
        v: writeRows(rows, `${layer}.value`, v, outputs),
      }),
      cross: Array.from({ length: layers }, (_, layer) => ({ k: at(`${layer}.key`), v: at(`${layer}.value`) })),
      crossMask: paddingBias(padding),
    });
    return { hidden, outputs };
  }

  private decode(y: Tensor, o: DecodeParts): Tensor {
    return this.trace(() => {
      const { embed_positions, layers, layer_norm } = this.decoder;
      const last = this.config.max_target_positions - 1; // padding of a first prompt may lie beyond
      const positions = where(greater(o.positions, last), last, o.positions);
      let h = y.add(gather(embed_positions.weight, positions));
      layers.forEach((layer, i) => {
        h = layer.forward(h, o.mask, (fresh) => o.own(i, fresh), { from: o.cross[i] as KeysValues, mask: o.crossMask });
      });
      return layer_norm.forward(h);
    });
  }

  logits(hidden: Tensor): Tensor {
    return this.trace(() => hidden.matMul(this.decoder.embed_tokens.weight.transpose()));
  }
}

/** What the decoder goes over. */
interface DecodeParts {
  /** int32 [batch or 1, n]. */
  positions: Tensor;
  /** Additive, broadcast to [batch, heads, n, m]. */
  mask: Tensor;
  own: (layer: number, fresh: KeysValues) => KeysValues;
  cross: readonly KeysValues[];
  /** Additive, [batch, 1, 1, source]. */
  crossMask?: Tensor;
}
