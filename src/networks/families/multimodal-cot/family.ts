// The row of Multimodal-CoT.

import { defineFamily } from '../../family.js';
import { t5CrossBias } from '../t5/layers.js';
import { MultimodalCot, multimodalCotConfig } from './network.js';
import { multimodalCotProcessor } from './processor.js';

/** A T5 that attends to image patches behind its encoder. */
export const multimodalCotFamily = defineFamily({
  modelType: 'sensorium_multimodal_cot',
  architectures: ['T5ForMultimodalGeneration'],
  kind: 'multimodal',
  config: multimodalCotConfig,
  build: (c) => new MultimodalCot(c),
  ignore: () => [t5CrossBias],
  tied: ({ text_config: c }) => ({
    'language_model.encoder.embed_tokens.weight': 'language_model.shared.weight',
    'language_model.decoder.embed_tokens.weight': 'language_model.shared.weight',
    ...(c.tie_word_embeddings ? { 'language_model.lm_head.weight': 'language_model.shared.weight' } : {}),
  }),
  processor: multimodalCotProcessor,
});
