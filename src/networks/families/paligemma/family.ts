// The row of PaliGemma.

import { defineFamily } from '../../family.js';
import { llavaAttributes, llavaNames, tiedLanguageHead } from '../../names.js';
import { PaliGemma, paliGemmaConfig } from './network.js';
import { paliGemmaProcessor } from './processor.js';

/** PaliGemma and PaliGemma 2. */
export const paliGemmaFamily = defineFamily({
  modelType: 'paligemma',
  architectures: ['PaliGemmaForConditionalGeneration'],
  alsoFor: ['PaliGemmaModel'],
  kind: 'multimodal',
  config: paliGemmaConfig,
  build: (c) => new PaliGemma(c),
  names: llavaNames,
  modules: () => llavaAttributes,
  tied: tiedLanguageHead,
  processor: paliGemmaProcessor,
});
