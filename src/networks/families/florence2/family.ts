// The row of Florence-2.

import { defineFamily } from '../../family.js';
import { bartTied } from '../bart/network.js';
import { Florence2, florence2Config, florence2Names } from './network.js';
import { florence2Processor, florence2Tags } from './processor.js';

/** Florence-2 of both sizes, as transformers saves it (the files with code of their own have other names). */
export const florence2Family = defineFamily({
  modelType: 'florence2',
  architectures: ['Florence2ForConditionalGeneration'],
  kind: 'multimodal',
  config: florence2Config,
  build: (c) => new Florence2(c),
  names: () => florence2Names,
  tied: () => bartTied('language_model.'),
  ordinaryTokens: florence2Tags,
  processor: florence2Processor,
});
