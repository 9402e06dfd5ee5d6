// The rows of LLaVA with parts of ours.

import { defineFamily } from '../../family.js';
import { llavaNames } from '../../names.js';
import { llavaProcessor } from '../llava/processor.js';
import { MllmNetwork, mllmConfig } from './network.js';

/** LLaVA with parts of ours; its text model says whether the head is tied. */
export const sensoriumLlavaFamily = defineFamily({
  modelType: 'sensorium_llava',
  architectures: ['LlavaForConditionalGeneration'],
  kind: 'multimodal',
  config: mllmConfig,
  build: (c) => new MllmNetwork(c),
  names: llavaNames,
  tied: (c): Record<string, string> =>
    c.text_config.tie_word_embeddings ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {},
  processor: llavaProcessor,
});
