// Sounds as tokens: Whisper's encoder over log-mel spectrograms, neighboring tokens as their mean.

import { z } from 'zod';
import { input, type Tensor } from '../../graph/index.js';
import { resampleSound, WhisperFeatures } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { parseConfig } from '../parse-config.js';
import { defineEncoder, type EncoderNetwork } from './define.js';
import { type WhisperConfig, WhisperEncoder, whisperConfig } from './whisper.js';

const whole = z.number().int().positive();

/** Options of the encoder: Whisper's sizes under names of ours, and how many neighbors become one token. */
export const whisperEncoderConfig = z
  .object({
    /** Longer sounds are cut, shorter ones filled up with silence. */
    seconds: whole.max(30).default(30),
    mels: whole.default(80),
    width: whole.default(384),
    layers: whole.default(4),
    heads: whole.default(6),
    /** Tokens of 20 ms that become one. */
    pool: whole.default(1),
  })
  .superRefine(({ seconds, pool }, context) => {
    if ((50 * seconds) % pool !== 0)
      context.addIssue({ code: 'custom', path: ['pool'], message: `a divisor of the ${50 * seconds} tokens`, input: pool });
  });
export type WhisperEncoderConfig = z.infer<typeof whisperEncoderConfig>;

/** The parameters of WhisperModel's encoder, `encoder.…`, before means of neighbors. */
export class WhisperTokens extends Module implements EncoderNetwork {
  encoder: WhisperEncoder;
  constructor(readonly config: WhisperEncoderConfig) {
    super();
    this.encoder = new WhisperEncoder(whisperOf(config));
  }
  get width(): number {
    return this.config.width;
  }
  get tokenCount(): number {
    return this.encoder.tokenCount / this.config.pool;
  }
  /** The input `spectrograms` [sounds, mels, frames] -> [sounds, tokenCount, width]. */
  encode(): Tensor {
    const { mels, pool, width } = this.config;
    const tokens = this.encoder.tokens(input('spectrograms', ['sounds', mels, this.encoder.frames]));
    return pool === 1 ? tokens : tokens.reshape([-1, this.tokenCount, pool, width]).mean([2]);
  }
}

function whisperOf({ seconds, mels, width, layers, heads }: WhisperEncoderConfig): WhisperConfig {
  const ofHeads = { encoder_attention_heads: heads, decoder_attention_heads: heads };
  const sizes = { num_mel_bins: mels, d_model: width, encoder_layers: layers, ...ofHeads };
  return parseConfig(whisperConfig, { ...sizes, encoder_ffn_dim: 4 * width, max_source_positions: 50 * seconds }, 'whisperEncoder');
}

/** An encoder of sounds. @example whisperEncoder({ seconds: 3, mels: 40, width: 96, layers: 2, heads: 4, pool: 6 }) */
export const whisperEncoder = defineEncoder<WhisperEncoderConfig, WhisperTokens, z.input<typeof whisperEncoderConfig>>('whisper', {
  config: whisperEncoderConfig,
  network: (config) => new WhisperTokens(config),
  reader(_, { seconds, mels }) {
    const features = WhisperFeatures.fromConfig({ feature_size: mels, chunk_length: seconds }, 'encoder: whisper');
    return {
      sound: (sound) => ({
        feeds: {
          spectrograms() {
            const { shape, data } = features.extract(resampleSound(sound, features.config.sampling_rate));
            return hostTensor('float32', [1, ...shape], data);
          },
        },
      }),
    };
  },
});
