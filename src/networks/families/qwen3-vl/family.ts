// The row of Qwen3-VL.

import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { qwenVlAttributes, qwenVlNames } from '../qwen-vl/network.js';
import { qwen3VlConfig } from './config.js';
import { Qwen3Vl } from './network.js';
import { qwen3VlProcessor } from './processor.js';

/** Qwen3-VL without experts. */
export const qwen3VlFamily = defineFamily({
  modelType: 'qwen3_vl',
  architectures: ['Qwen3VLForConditionalGeneration'],
  alsoFor: ['Qwen3VLModel'],
  kind: 'multimodal',
  config: qwen3VlConfig,
  build: (c) => new Qwen3Vl(c),
  names: qwenVlNames,
  modules: () => qwenVlAttributes,
  tied: tiedLanguageHead,
  processor: qwen3VlProcessor,
});
