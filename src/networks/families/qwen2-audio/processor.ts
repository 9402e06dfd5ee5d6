// Qwen2-Audio's processor: a sound as a spectrogram of half a minute, and a token for every 40 ms that it lasts.

import { join } from 'node:path';
import { resampleSound, type Sound, WhisperFeatures } from '../../../media/index.js';
import { notTaken } from '../../../text/index.js';
import { ifThere, SensoriumError } from '../../../util/errors.js';
import { readJson } from '../../../util/fs.js';
import { hostTensor } from '../../../util/host.js';
import { FILES } from '../../../util/model-files.js';
import { isRecord, type Raw } from '../../../util/records.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import { audioTokens, type Qwen2Audio, type Qwen2AudioConfig } from './network.js';

/** Qwen2AudioProcessor. */
export class Qwen2AudioProcessor implements MultimodalProcessor {
  readonly joins = false;
  readonly takesImages = false;
  constructor(
    /** The placeholder of sounds. */
    readonly imageTokenId: number,
    readonly features: WhisperFeatures,
    private readonly positions: number,
  ) {}

  prepare(): PreparedImage[] {
    throw notTaken('images', { takes: ['sounds'] });
  }

  prepareSound(sound: Sound): PreparedImage {
    const { sampling_rate, hop_length } = this.features.config;
    const heard = Math.ceil((sound.samples.length / sound.sampleRate) * sampling_rate);
    const { tokens, rows } = audioTokens(Math.min(Math.ceil(heard / hop_length), this.features.frames));
    if (rows < 1)
      throw new SensoriumError('media.sound', 'the sound is too short to be heard', {
        expected: `at least ${4 * hop_length} samples at ${sampling_rate} Hz`,
        got: String(heard),
      });
    const feeds = feedsFrom({
      spectrogram: () => {
        const { shape, data } = this.features.extract(resampleSound(sound, sampling_rate));
        return hostTensor('float32', [1, ...shape], data);
      },
      real: () => hostTensor('int32', [1, this.positions], new Int32Array(this.positions).fill(1, 0, tokens)),
      places: () =>
        hostTensor(
          'int32',
          [rows],
          Int32Array.from({ length: rows }, (_, i) => i),
        ),
    });
    return { ids: new Array<number>(rows).fill(this.imageTokenId), feeds };
  }
}

/** What a folder says of its feature extractor: its own file, or a part of the processor's. */
async function featureConfig(dir: string): Promise<{ config: Raw; place: string }> {
  const path = join(dir, FILES.processor);
  const whole = await ifThere(() => readJson<Raw>(path));
  const inner = whole?.feature_extractor;
  if (isRecord(inner)) return { config: inner, place: `${path}: feature_extractor` };
  const file = join(dir, FILES.preprocessor);
  return { config: await readJson<Raw>(file), place: file };
}

/** The processor of a folder. Errors: `model.processor` when its spectrograms are not what the network takes, `media.config`. */
export async function qwen2AudioProcessor({ dir, config }: ProcessorSource<Qwen2Audio, Qwen2AudioConfig>): Promise<Qwen2AudioProcessor> {
  const { config: given, place } = await featureConfig(dir);
  const features = WhisperFeatures.fromConfig(given, place);
  const { num_mel_bins, max_source_positions: n } = config.audio_config;
  if (features.config.feature_size !== num_mel_bins || features.frames !== 2 * n)
    throw new SensoriumError('model.processor', 'the spectrograms do not fit the audio encoder', {
      place,
      expected: `${num_mel_bins} x ${2 * n}, num_mel_bins and twice max_source_positions of config.json`,
      got: `${features.config.feature_size} x ${features.frames}`,
    });
  return new Qwen2AudioProcessor(config.audio_token_index, features, n);
}
