// The row of LFM2.

import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Lfm2, lfm2Config, lfm2Names } from './network.js';

/** LFM2 of 350 million to 2.6 billion parameters, without experts. */
export const lfm2Family = defineFamily({
  modelType: 'lfm2',
  architectures: ['Lfm2ForCausalLM'],
  alsoFor: ['Lfm2Model'],
  kind: 'causal',
  config: lfm2Config,
  build: (c) => new Lfm2(c),
  names: (inFile) => lfm2Names(decoderNames(inFile)),
  tied: tiedDecoderHead,
});
