// The rows of LLaVA 1.5, NeXT and OneVision.

import { defineFamily } from '../../family.js';
import { llavaAttributes, llavaNames } from '../../names.js';
import { llavaConfig, llavaNextConfig, llavaOnevisionConfig, tiesHead } from './config.js';
import { LlavaNetwork } from './network.js';
import { llavaProcessor } from './processor.js';
import { LlavaTilesNetwork } from './tiles-network.js';
import { tilesProcessor } from './tiles-processor.js';

/** A tied head may be in the file or not. */
const tiedLlavaHead = (c: Parameters<typeof tiesHead>[0]): Record<string, string> =>
  tiesHead(c) ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {};

/** LLaVA 1.5. */
export const llavaFamily = defineFamily({
  modelType: 'llava',
  architectures: ['LlavaForConditionalGeneration'],
  alsoFor: ['LlavaModel'],
  kind: 'multimodal',
  config: llavaConfig,
  build: (c) => new LlavaNetwork(c),
  names: llavaNames,
  modules: () => llavaAttributes,
  tied: tiedLlavaHead,
  processor: llavaProcessor,
});

/** LLaVA-NeXT (1.6). */
export const llavaNextFamily = defineFamily({
  modelType: 'llava_next',
  architectures: ['LlavaNextForConditionalGeneration'],
  alsoFor: ['LlavaNextModel'],
  kind: 'multimodal',
  config: llavaNextConfig,
  build: (c) => new LlavaTilesNetwork(c),
  names: llavaNames,
  modules: () => llavaAttributes,
  tied: tiedLlavaHead,
  processor: tilesProcessor,
});

/** LLaVA-OneVision. */
export const llavaOnevisionFamily = defineFamily({
  modelType: 'llava_onevision',
  architectures: ['LlavaOnevisionForConditionalGeneration'],
  alsoFor: ['LlavaOnevisionModel'],
  kind: 'multimodal',
  config: llavaOnevisionConfig,
  build: (c) => new LlavaTilesNetwork(c),
  names: llavaNames,
  modules: () => llavaAttributes,
  tied: tiedLlavaHead,
  processor: tilesProcessor,
});
