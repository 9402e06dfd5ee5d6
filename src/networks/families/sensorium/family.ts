// The rows of LLaVA with parts of ours.

import { defineFamily } from '../../family.js';
import { llavaNames } from '../../names.js';
import { tiedLlavaHead } from '../llava/config.js';
import { llavaProcessor } from '../llava/processor.js';
import { withInstruction } from './instruction.js';
import { MllmNetwork, mllmConfig } from './network.js';

/** LLaVA with parts of ours. */
export const sensoriumLlavaFamily = defineFamily({
  modelType: 'sensorium_llava',
  architectures: ['LlavaForConditionalGeneration'],
  kind: 'multimodal',
  config: mllmConfig,
  build: (c) => new MllmNetwork(c),
  names: llavaNames,
  tied: tiedLlavaHead,
  processor: async (source) => withInstruction(await llavaProcessor(source), source),
});
