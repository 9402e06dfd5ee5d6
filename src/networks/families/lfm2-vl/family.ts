// The row of LFM2-VL.

import { defineFamily, type ParameterNames } from '../../family.js';
import { hasPrefix, prefixMap, tiedLanguageHead } from '../../names.js';
import { lfm2Names } from '../lfm2/network.js';
import { Lfm2Vl, lfm2VlConfig } from './network.js';
import { lfm2VlProcessor } from './processor.js';

/** Names of its files; those of transformers 4 have `vision_model` around the tower. */
function lfm2VlNames(inFile: ReadonlySet<string>): ParameterNames {
  const tower = hasPrefix(inFile, 'model.vision_tower.vision_model.') ? 'model.vision_tower.vision_model' : 'model.vision_tower';
  return lfm2Names(
    prefixMap([
      ['language_model.model', 'model.language_model'],
      ['language_model.lm_head', 'lm_head'],
      ['vision_tower', tower],
      ['multi_modal_projector', 'model.multi_modal_projector'],
    ]),
  );
}

/** LFM2-VL of 450 million to 3 billion parameters. */
export const lfm2VlFamily = defineFamily({
  modelType: 'lfm2_vl',
  architectures: ['Lfm2VlForConditionalGeneration'],
  alsoFor: ['Lfm2VlModel'],
  kind: 'multimodal',
  config: lfm2VlConfig,
  build: (c) => new Lfm2Vl(c),
  names: lfm2VlNames,
  tied: tiedLanguageHead,
  processor: lfm2VlProcessor,
});
