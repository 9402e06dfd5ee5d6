// The row of Gemma 3 with images.

import { defineFamily } from '../../family.js';
import { llavaAttributes, llavaNames, tiedLanguageHead } from '../../names.js';
import { Gemma3, gemma3Config } from './network.js';
import { gemma3Processor } from './processor.js';

/** Gemma 3 of 4, 12 and 27 billion parameters. */
export const gemma3Family = defineFamily({
  modelType: 'gemma3',
  architectures: ['Gemma3ForConditionalGeneration'],
  alsoFor: ['Gemma3Model'],
  kind: 'multimodal',
  config: gemma3Config,
  build: (c) => new Gemma3(c),
  names: llavaNames,
  modules: () => llavaAttributes,
  tied: tiedLanguageHead,
  processor: gemma3Processor,
});
