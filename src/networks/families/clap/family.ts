// The rows of CLAP's audio tower.

import { ClapAudio } from '../../encoders/clap.js';
import { clapAudioConfig, clapConfig } from '../../encoders/clap-config.js';
import { defineFamily } from '../../family.js';
import { hasPrefix, prefixMap } from '../../names.js';

/** Constants and counts that torch saves beside weights. */
const buffers = [/\.relative_position_index$/, /\.num_batches_tracked$/];

/** CLAP's audio tower and projection; the text tower is left in the file. */
export const clapFamily = defineFamily({
  modelType: 'clap',
  architectures: ['ClapModel'],
  kind: 'encoder',
  config: clapConfig,
  build: (c) => new ClapAudio(c.audio_config),
  ignore: () => [...buffers, /^text_(model|projection)\./, /^logit_scale_[at]$/],
});

/** The same in a file of its own. */
export const clapAudioFamily = defineFamily({
  modelType: 'clap_audio_model',
  architectures: ['ClapAudioModelWithProjection', 'ClapAudioModel'],
  kind: 'encoder',
  config: clapAudioConfig,
  build: (c) => new ClapAudio(c),
  names: (inFile) => (hasPrefix(inFile, 'audio_encoder.') ? prefixMap([['audio_model.audio_encoder', 'audio_encoder']]) : undefined),
  ignore: () => buffers,
});
