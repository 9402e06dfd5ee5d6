// The rows of Idefics 3 and SmolVLM.

import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { Idefics3, idefics3Config, ideficsNames } from './network.js';
import { idefics3Processor } from './processor.js';

/** Idefics 3. */
export const idefics3Family = defineFamily({
  modelType: 'idefics3',
  architectures: ['Idefics3ForConditionalGeneration'],
  alsoFor: ['Idefics3Model'],
  kind: 'multimodal',
  config: idefics3Config,
  build: (c) => new Idefics3(c),
  names: ideficsNames,
  tied: tiedLanguageHead,
  processor: idefics3Processor,
});

/** SmolVLM under the name that its later checkpoints bear. */
export const smolVlmFamily = defineFamily({
  modelType: 'smolvlm',
  architectures: ['SmolVLMForConditionalGeneration'],
  alsoFor: ['SmolVLMModel'],
  kind: 'multimodal',
  config: idefics3Config,
  build: (c) => new Idefics3(c),
  names: ideficsNames,
  tied: tiedLanguageHead,
  processor: idefics3Processor,
});
