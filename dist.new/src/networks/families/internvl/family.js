// The row of InternVL.
import { defineFamily } from '../../family.js';
import { llavaAttributeNames, tiedLanguageHead } from '../../names.js';
import { internVlConfig } from './config.js';
import { InternVl, internVlNames } from './network.js';
import { internVlProcessor } from './processor.js';
/** InternVL 3 and 3.5, in the layout of transformers (`…-hf`). */
export const internVlFamily = defineFamily({
    modelType: 'internvl',
    architectures: ['InternVLForConditionalGeneration'],
    alsoFor: ['InternVLModel'],
    kind: 'multimodal',
    config: internVlConfig,
    build: (c) => new InternVl(c),
    names: internVlNames,
    modules: () => llavaAttributeNames,
    tied: tiedLanguageHead,
    processor: internVlProcessor,
});
//# sourceMappingURL=family.js.map