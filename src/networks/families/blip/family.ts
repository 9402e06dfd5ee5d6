// The rows of the Q-Former families.

import { defineFamily } from '../../family.js';
import { t5CrossBias } from '../t5/layers.js';
import { blip2Config, blipAttributes, blipNames, blipTied, buildBlip, instructBlipConfig } from './network.js';
import { blipProcessor } from './processor.js';

const row = {
  kind: 'multimodal',
  build: buildBlip,
  names: blipNames,
  modules: blipAttributes,
  tied: blipTied,
  ignore: () => [t5CrossBias],
  processor: blipProcessor,
} as const;

/** BLIP-2 over a T5 or a decoder. */
export const blip2Family = defineFamily({
  ...row,
  modelType: 'blip-2',
  architectures: ['Blip2ForConditionalGeneration'],
  config: blip2Config,
});

/** InstructBLIP over a T5 or Vicuna. */
export const instructBlipFamily = defineFamily({
  ...row,
  modelType: 'instructblip',
  architectures: ['InstructBlipForConditionalGeneration'],
  config: instructBlipConfig,
});
