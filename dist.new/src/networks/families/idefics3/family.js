// The rows of Idefics 3 and SmolVLM.
import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { Idefics3, idefics3Config, ideficsNames } from './network.js';
import { idefics3Processor } from './processor.js';
const row = {
    kind: 'multimodal',
    config: idefics3Config,
    build: (c) => new Idefics3(c),
    names: ideficsNames,
    tied: tiedLanguageHead,
    processor: idefics3Processor,
};
/** Idefics 3. */
export const idefics3Family = defineFamily({
    ...row,
    modelType: 'idefics3',
    architectures: ['Idefics3ForConditionalGeneration'],
    alsoFor: ['Idefics3Model'],
});
/** SmolVLM under the name that its later checkpoints bear. */
export const smolVlmFamily = defineFamily({
    ...row,
    modelType: 'smolvlm',
    architectures: ['SmolVLMForConditionalGeneration'],
    alsoFor: ['SmolVLMModel'],
});
//# sourceMappingURL=family.js.map