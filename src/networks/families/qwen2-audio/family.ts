// The row of Qwen2-Audio.

import { defineFamily } from '../../family.js';
import { Qwen2Audio, qwen2AudioConfig, qwen2AudioNames } from './network.js';
import { qwen2AudioProcessor } from './processor.js';

/** Qwen2-Audio of 7 billion parameters. */
export const qwen2AudioFamily = defineFamily({
  modelType: 'qwen2_audio',
  architectures: ['Qwen2AudioForConditionalGeneration'],
  alsoFor: ['Qwen2AudioModel'],
  kind: 'multimodal',
  config: qwen2AudioConfig,
  build: (c) => new Qwen2Audio(c),
  names: qwen2AudioNames,
  modules: () => qwen2AudioNames(new Set(['model.audio_tower.'])) as NonNullable<ReturnType<typeof qwen2AudioNames>>,
  tied: (c): Record<string, string> =>
    c.text_config.tie_word_embeddings ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {},
  processor: qwen2AudioProcessor,
});
