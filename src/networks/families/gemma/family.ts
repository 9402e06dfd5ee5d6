// The rows of Gemma and Gemma 2.

import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Gemma, Gemma2, gemma2Config, gemmaConfig } from './network.js';

/** Gemma of 2 and 7 billion parameters. */
export const gemmaFamily = defineFamily({
  modelType: 'gemma',
  architectures: ['GemmaForCausalLM'],
  alsoFor: ['GemmaModel'],
  kind: 'causal',
  config: gemmaConfig,
  build: (c) => new Gemma(c),
  names: decoderNames,
  tied: tiedDecoderHead,
});

/** Gemma 2 of 2, 9 and 27 billion. */
export const gemma2Family = defineFamily({
  modelType: 'gemma2',
  architectures: ['Gemma2ForCausalLM'],
  alsoFor: ['Gemma2Model'],
  kind: 'causal',
  config: gemma2Config,
  build: (c) => new Gemma2(c),
  names: decoderNames,
  tied: tiedDecoderHead,
});
