// The rows of T5.

import { defineFamily } from '../../family.js';
import { t5Config, t5CrossBias } from './layers.js';
import { T5 } from './network.js';

/** T5, T5 1.1 and Flan-T5. */
export const t5Family = defineFamily({
  modelType: 't5',
  architectures: ['T5ForConditionalGeneration'],
  alsoFor: ['T5WithLMHeadModel', 'T5Model'],
  kind: 'seq2seq',
  config: t5Config,
  build: (c) => new T5(c),
  tied: (c) => ({
    'encoder.embed_tokens.weight': 'shared.weight',
    'decoder.embed_tokens.weight': 'shared.weight',
    ...(c.tie_word_embeddings ? { 'lm_head.weight': 'shared.weight' } : {}),
  }),
  ignore: () => [t5CrossBias],
});
