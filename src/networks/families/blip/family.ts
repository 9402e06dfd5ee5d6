// The rows of the Q-Former families.

import { defineFamily } from '../../family.js';
import { t5CrossBias } from '../t5/layers.js';
import { blip2Config, blipAttributes, blipNames, blipTied, buildBlip, instructBlipConfig } from './network.js';
import { blipProcessor } from './processor.js';

/** BLIP-2 over a T5 or a decoder. */
export const blip2Family = defineFamily({
  modelType: 'blip-2',
  architectures: ['Blip2ForConditionalGeneration'],
  kind: 'multimodal',
  config: blip2Config,
  build: buildBlip,
  names: blipNames,
  modules: blipAttributes,
  tied: blipTied,
  ignore: [t5CrossBias],
  processor: blipProcessor,
});

/** InstructBLIP over a T5 or Vicuna. */
export const instructBlipFamily = defineFamily({
  modelType: 'instructblip',
  architectures: ['InstructBlipForConditionalGeneration'],
  kind: 'multimodal',
  config: instructBlipConfig,
  build: buildBlip,
  names: blipNames,
  modules: blipAttributes,
  tied: blipTied,
  ignore: [t5CrossBias],
  processor: blipProcessor,
});
