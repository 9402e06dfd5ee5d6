// The rows of Idefics 2.
import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { ideficsNames } from '../idefics3/network.js';
import { Idefics2, idefics2Config } from './network.js';
import { idefics2Processor } from './processor.js';
/** Idefics 2. */
export const idefics2Family = defineFamily({
    modelType: 'idefics2',
    architectures: ['Idefics2ForConditionalGeneration'],
    alsoFor: ['Idefics2Model'],
    kind: 'multimodal',
    config: idefics2Config,
    build: (c) => new Idefics2(c),
    names: ideficsNames,
    tied: tiedLanguageHead,
    processor: idefics2Processor,
});
//# sourceMappingURL=family.js.map