// The rows of Kosmos-2.

import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { Kosmos2, kosmos2Config, kosmos2Names } from './network.js';
import { kosmos2Processor } from './processor.js';

/** Kosmos-2. */
export const kosmos2Family = defineFamily({
  modelType: 'kosmos-2',
  architectures: ['Kosmos2ForConditionalGeneration'],
  kind: 'multimodal',
  config: kosmos2Config,
  build: (c) => new Kosmos2(c),
  names: () => kosmos2Names,
  tied: tiedLanguageHead,
  ignore: () => [/\.embed_positions\.weights$/, /\.embeddings\.position_ids$/],
  processor: kosmos2Processor,
});
