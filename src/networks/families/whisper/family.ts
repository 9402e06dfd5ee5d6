// The rows of Whisper.

import type { Module } from '../../../nn/index.js';
import { Whisper, type WhisperConfig, whisperConfig } from '../../encoders/whisper.js';
import { defineFamily } from '../../family.js';
import { hasPrefix, prefixMap } from '../../names.js';
import { WhisperForConditionalGeneration } from './network.js';

/** True where the decoder is wanted too; of the other classes the encoder alone is. */
const writes = ({ architectures }: WhisperConfig): boolean => architectures.includes('WhisperForConditionalGeneration');

/** Whisper: the whole of it where the class writes, else its encoder. */
export const whisperFamily = defineFamily<WhisperConfig, Module>({
  modelType: 'whisper',
  architectures: ['WhisperModel', 'WhisperForConditionalGeneration'],
  alsoFor: ['WhisperForAudioClassification'],
  kind: 'encoder',
  config: whisperConfig,
  build: (c) => (writes(c) ? new WhisperForConditionalGeneration(c) : new Whisper(c)),
  names: (inFile) =>
    hasPrefix(inFile, 'model.encoder.')
      ? prefixMap([
          ['encoder', 'model.encoder'],
          ['decoder', 'model.decoder'],
        ])
      : undefined,
  // A head that the file repeats is the embedding.
  ignore: (c) => [...(writes(c) ? [] : [/^(model\.)?decoder\./]), /^proj_out\./, /^(projector|classifier)\./, /^layer_weights$/],
});
