// CLAP's audio tower as an encoder of sounds for a chat model: the cells of the last stage as tokens, with published weights or its own.

import { z } from 'zod';
import { input, type Tensor } from '../../graph/index.js';
import { ClapFeatures, resampleSound } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { wrongField } from '../parse-config.js';
import { ClapAudio, type ClapAudioEncoder } from './clap.js';
import { clapAudioConfig } from './clap-config.js';
import { defineEncoder, type EncoderNetwork } from './define.js';

/** Options: `audio_config` of a ClapModel, and preprocessor_config.json of its feature extractor; both default to the published ones. */
export const clapEncoderConfig = z
  .object({
    audio: z.unknown().prefault({}).pipe(clapAudioConfig),
    features: z.record(z.string(), z.unknown()).default({}),
  })
  .superRefine(({ audio, features }, context) => {
    const { feature_size: mels = audio.num_mel_bins, truncation } = features;
    if (mels !== audio.num_mel_bins) wrongField(context, 'features.feature_size', `num_mel_bins of audio (${audio.num_mel_bins})`, mels);
    const wanted = truncationOf(audio.enable_fusion);
    if (truncation !== undefined && truncation !== wanted)
      wrongField(context, 'features.truncation', `${wanted}, since enable_fusion of audio is ${audio.enable_fusion}`, truncation);
  });
export type ClapEncoderConfig = z.infer<typeof clapEncoderConfig>;

const truncationOf = (fusion: boolean): string => (fusion ? 'fusion' : 'rand_trunc');

/** The feature extractor of the options. Errors: `media.config`. */
export const clapFeatures = ({ audio, features }: ClapEncoderConfig): ClapFeatures =>
  ClapFeatures.fromConfig(
    { feature_size: audio.num_mel_bins, truncation: truncationOf(audio.enable_fusion), ...features },
    'encoder: clap: features',
  );

/** The parameters of ClapModel's audio tower, `audio_model.…`. */
export class ClapTokens extends Module implements EncoderNetwork {
  audio_model: ClapAudio['audio_model'];
  private readonly frames: number;
  constructor(readonly config: ClapEncoderConfig) {
    super();
    this.audio_model = new ClapAudio({ ...config.audio, architectures: ['ClapAudioModel'] }).audio_model;
    this.frames = clapFeatures(config).frames;
  }
  private get encoder(): ClapAudioEncoder {
    return this.audio_model.audio_encoder;
  }
  get width(): number {
    return this.encoder.width;
  }
  get tokenCount(): number {
    return this.encoder.tokenCount;
  }
  /** The input `spectrograms` [sounds, 1, frames, mels], with fusion [sounds, 4, …] and `longer`, bool [sounds] -> [sounds, tokenCount, width]. */
  encode(): Tensor {
    const { num_mel_bins: mels, enable_fusion: fused } = this.config.audio;
    const spectrograms = input('spectrograms', ['sounds', fused ? 4 : 1, this.frames, mels]);
    return this.encoder.tokens(spectrograms, fused ? input('longer', ['sounds'], 'bool') : undefined);
  }
}

/**
 * An encoder of sounds: CLAP's audio tower, whose published weights come from the folder of a ClapModel in `from: { vision }`.
 * @example mllm({ vision: clapEncoder({}), connector: prefixes({ prefix: 40 }), language: llama({}) })
 */
export const clapEncoder = defineEncoder<ClapEncoderConfig, ClapTokens, z.input<typeof clapEncoderConfig>>('clap', {
  config: clapEncoderConfig,
  network: (config) => new ClapTokens(config),
  reader(_, config) {
    const extractor = clapFeatures(config);
    const { enable_fusion: fused } = config.audio;
    return {
      sound(sound) {
        // Both inputs come of one extraction, made when the first is asked for.
        let made: ReturnType<ClapFeatures['extract']> | undefined;
        const extract = () => {
          made ??= extractor.extract(resampleSound(sound, extractor.config.sampling_rate));
          return made;
        };
        const spectrograms = () => {
          const { shape, data } = extract().features;
          return hostTensor('float32', [1, ...shape], data);
        };
        return {
          feeds: { spectrograms, ...(fused ? { longer: () => hostTensor('bool', [1], Uint8Array.of(Number(extract().longer))) } : {}) },
        };
      },
    };
  },
});
