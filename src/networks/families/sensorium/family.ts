// The rows of LLaVA with parts of ours, and of any encoder before a LLaMA.

import { defineFamily } from '../../family.js';
import { llavaNames } from '../../names.js';
import { tiedLlavaHead } from '../llava/config.js';
import { llavaProcessor } from '../llava/processor.js';
import { EncoderMllm, encoderMllmConfig } from './encoder-network.js';
import { withInstruction } from './instruction.js';
import { MllmNetwork, mllmConfig } from './network.js';
import { encoderProcessorOf } from './processor.js';

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

/** Any encoder and any connector before a LLaMA. */
export const sensoriumMllmFamily = defineFamily({
  modelType: 'sensorium_mllm',
  architectures: ['SensoriumForConditionalGeneration'],
  kind: 'multimodal',
  config: encoderMllmConfig,
  build: (c) => new EncoderMllm(c),
  tied: tiedLlavaHead,
  processor: encoderProcessorOf,
});
