// The row of BART.

import { defineFamily } from '../../family.js';
import { prefixMap } from '../../names.js';
import { Bart, bartConfig, bartTied } from './network.js';

/** BART. */
export const bartFamily = defineFamily({
  modelType: 'bart',
  architectures: ['BartForConditionalGeneration'],
  kind: 'seq2seq',
  config: bartConfig,
  build: (c) => new Bart(c),
  names: () =>
    prefixMap([
      ['shared', 'model.shared'],
      ['encoder', 'model.encoder'],
      ['decoder', 'model.decoder'],
    ]),
  tied: () => bartTied(),
  // Zeros in every published file, and missing from some.
  ignore: () => [/^final_logits_bias$/],
});
