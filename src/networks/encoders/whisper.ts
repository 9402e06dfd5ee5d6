// Whisper's encoder: two convolutions over a log-mel spectrogram, fixed positions, pre-norm layers.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { Conv1d, Embedding, LayerNorm, Linear, Module } from '../../nn/index.js';
import { divides } from '../parse-config.js';
import type { Encoder } from '../parts.js';
import { stack } from '../stack.js';
import { activations, ClipAttention, towerActivation } from './clip-layers.js';

const size = z.number().int().positive();

/** `config.json` of WhisperModel and WhisperForConditionalGeneration. */
export const whisperConfig = z
  .object({
    model_type: z.literal('whisper').default('whisper'),
    architectures: z.array(z.string()).default(['WhisperModel']),
    num_mel_bins: size.default(80),
    d_model: size.default(384),
    encoder_layers: size.default(4),
    encoder_attention_heads: size.default(6),
    encoder_ffn_dim: size.default(1536),
    activation_function: towerActivation.default('gelu'),
    max_source_positions: size.default(1500),
    vocab_size: size.default(51865),
    decoder_layers: size.default(4),
    decoder_attention_heads: size.default(6),
    decoder_ffn_dim: size.default(1536),
    max_target_positions: size.default(448),
  })
  .superRefine(divides('encoder_attention_heads', 'd_model'))
  .superRefine(divides('decoder_attention_heads', 'd_model'));
export type WhisperConfig = z.infer<typeof whisperConfig>;

/** What the encoder takes of it. */
export type WhisperSizes = Pick<
  WhisperConfig,
  | 'num_mel_bins'
  | 'd_model'
  | 'encoder_layers'
  | 'encoder_attention_heads'
  | 'encoder_ffn_dim'
  | 'activation_function'
  | 'max_source_positions'
>;

class WhisperLayer extends Module {
  self_attn: ClipAttention;
  self_attn_layer_norm: LayerNorm;
  fc1: Linear;
  fc2: Linear;
  final_layer_norm: LayerNorm;
  constructor(private readonly c: WhisperSizes) {
    super();
    const sizes = { hidden_size: c.d_model, num_attention_heads: c.encoder_attention_heads, num_hidden_layers: c.encoder_layers };
    this.self_attn = new ClipAttention(sizes, { keyBias: false });
    this.self_attn_layer_norm = new LayerNorm(c.d_model);
    this.fc1 = new Linear(c.d_model, c.encoder_ffn_dim);
    this.fc2 = new Linear(c.encoder_ffn_dim, c.d_model);
    this.final_layer_norm = new LayerNorm(c.d_model);
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const h = x.add(this.self_attn.forward(this.self_attn_layer_norm.forward(x), mask));
      return h.add(this.fc2.forward(activations[this.c.activation_function](this.fc1.forward(this.final_layer_norm.forward(h)))));
    });
  }
}

/** WhisperEncoder. */
export class WhisperEncoder extends Module implements Encoder {
  conv1: Conv1d;
  conv2: Conv1d;
  embed_positions: Embedding;
  layers: WhisperLayer[];
  layer_norm: LayerNorm;
  constructor(readonly config: WhisperSizes) {
    super();
    const { d_model: width, num_mel_bins: mels } = config;
    this.conv1 = new Conv1d(mels, width, 3, { padding: 1 });
    this.conv2 = new Conv1d(width, width, 3, { padding: 1, stride: 2 });
    this.embed_positions = new Embedding(config.max_source_positions, width);
    this.layers = stack(config.encoder_layers, () => new WhisperLayer(config));
    this.layer_norm = new LayerNorm(width);
  }
  get width(): number {
    return this.config.d_model;
  }
  get tokenCount(): number {
    return this.config.max_source_positions;
  }
  /** Frames of a spectrogram. */
  get frames(): number {
    return 2 * this.config.max_source_positions;
  }
  /** spectrogram: [batch, mels, frames] -> [batch, tokenCount, width]. */
  tokens(spectrogram: Tensor): Tensor {
    return this.trace(() => this.layer_norm.forward(this.states(spectrogram)));
  }
  /** The same before the last norm; `mask` is added to the scores, [batch, 1, 1, tokenCount]. */
  states(spectrogram: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const gelu = activations.gelu;
      const h = gelu(this.conv2.forward(gelu(this.conv1.forward(spectrogram))));
      // Positions have the axis of the batch: ONNX Runtime moves the transpose behind the sum, and of two axes it would turn none.
      let x = h.transpose([0, 2, 1]).add(this.embed_positions.weight.unsqueeze(0));
      for (const layer of this.layers) x = layer.forward(x, mask);
      return x;
    });
  }
}

/** The encoder half of WhisperModel; of a whole model the decoder is left in the file. */
export class Whisper extends Module {
  encoder: WhisperEncoder;
  constructor(readonly config: WhisperConfig) {
    super();
    this.encoder = new WhisperEncoder(config);
  }
}
