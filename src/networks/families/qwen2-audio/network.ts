// Qwen2AudioForConditionalGeneration: Whisper's encoder with means of neighbors, one linear layer, and a Qwen2.

import { z } from 'zod';
import { equal, gather, input, type Tensor, where } from '../../../graph/index.js';
import { Linear, Module } from '../../../nn/index.js';
import { isRecord } from '../../../util/records.js';
import { towerActivation } from '../../encoders/clip-layers.js';
import { WhisperEncoder } from '../../encoders/whisper.js';
import type { ParameterNames } from '../../family.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { hasPrefix, prefixMap } from '../../names.js';
import { partConfig, wrongField } from '../../parse-config.js';
import { buildLanguage, partOf } from '../language-part.js';

const size = z.number().int().positive();

/** `audio_config` of Qwen2-Audio. */
const audioConfig = z
  .object({
    model_type: z.literal('qwen2_audio_encoder').default('qwen2_audio_encoder'),
    num_mel_bins: size.default(128),
    d_model: size.default(1280),
    encoder_layers: size.default(32),
    encoder_attention_heads: size.default(20),
    encoder_ffn_dim: size.default(5120),
    activation_function: towerActivation.default('gelu'),
    max_source_positions: size.multipleOf(2).default(1500),
    scale_embedding: z.literal(false).default(false),
  })
  .superRefine((c, context) => {
    if (c.d_model % c.encoder_attention_heads !== 0)
      wrongField(context, 'encoder_attention_heads', `a divisor of d_model (${c.d_model})`, c.encoder_attention_heads);
  });

/** transformers 5 may write `audio_token_id` for `audio_token_index`. */
const renamed = (raw: unknown): unknown =>
  isRecord(raw) && raw.audio_token_index === undefined && raw.audio_token_id !== undefined
    ? { ...raw, audio_token_index: raw.audio_token_id }
    : raw;

/** `config.json` of Qwen2AudioForConditionalGeneration. */
export const qwen2AudioConfig = z.preprocess(
  renamed,
  z
    .object({
      model_type: z.literal('qwen2_audio').default('qwen2_audio'),
      architectures: z.array(z.string()).default(['Qwen2AudioForConditionalGeneration']),
      audio_config: partConfig({ qwen2_audio_encoder: audioConfig }, 'qwen2_audio_encoder', {}),
      text_config: partOf('qwen2'),
      audio_token_index: z.number().int().nonnegative().default(151646),
    })
    .superRefine((c, context) => {
      const { vocab_size: words } = c.text_config;
      if (c.audio_token_index >= words) wrongField(context, 'audio_token_index', `an id below vocab_size (${words})`, c.audio_token_index);
    }),
);
export type Qwen2AudioConfig = z.infer<typeof qwen2AudioConfig>;

class Projector extends Module {
  linear: Linear;
  constructor(inputs: number, width: number) {
    super();
    this.linear = new Linear(inputs, width);
  }
}

/** Frames of a spectrogram to tokens behind the second convolution, and to rows of the language model. */
export const audioTokens = (frames: number): { tokens: number; rows: number } => {
  const tokens = Math.floor((frames - 1) / 2) + 1;
  return { tokens, rows: Math.floor((tokens - 2) / 2) + 1 };
};

/** The network; one run of `see` takes one sound. */
export class Qwen2Audio extends MultimodalNetwork {
  audio_tower: WhisperEncoder;
  multi_modal_projector: Projector;
  language_model: CausalDecoder;
  constructor(readonly config: Qwen2AudioConfig) {
    super();
    const { audio_config: audio, text_config: text } = config;
    this.audio_tower = new WhisperEncoder(audio);
    this.multi_modal_projector = new Projector(audio.d_model, text.hidden_size);
    this.language_model = buildLanguage(text);
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.audio_tower];
  }
  /**
   * spectrogram: [sounds, mels, frames], filled up to half a minute; real: int32 [sounds, max_source_positions], 1 for tokens of the sound ->
   * means of pairs of tokens, normalized: [sounds, max_source_positions / 2, audio width].
   */
  override encode(): Tensor {
    const { num_mel_bins, max_source_positions: n } = this.config.audio_config;
    const spectrogram = input('spectrogram', ['sounds', num_mel_bins, 2 * n]);
    const mask = where(equal(input('real', ['sounds', n], 'int32'), 0), -1e9, 0)
      .unsqueeze(1)
      .unsqueeze(1);
    const states = this.audio_tower.states(spectrogram, mask);
    return this.audio_tower.layer_norm.forward(states.reshape(['sounds', n / 2, 2, this.audio_tower.width]).mean(2));
  }
  /** The tokens of the sound itself: [sounds, n, audio width] -> [rows, width]. places: int32 [rows], counted through the sounds. */
  override connect(tokens: Tensor): Tensor {
    const flat = tokens.reshape([-1, this.audio_tower.width]);
    return this.multi_modal_projector.linear.forward(gather(flat, input('places', ['rows'], 'int32')));
  }
}

/** Files name parts as ours do, or by attributes. */
export function qwen2AudioNames(inFile: ReadonlySet<string>): ParameterNames | undefined {
  return hasPrefix(inFile, 'model.audio_tower.')
    ? prefixMap([
        ['language_model.model', 'model.language_model'],
        ['language_model.lm_head', 'lm_head'],
        ['audio_tower', 'model.audio_tower'],
        ['multi_modal_projector', 'model.multi_modal_projector'],
      ])
    : undefined;
}
