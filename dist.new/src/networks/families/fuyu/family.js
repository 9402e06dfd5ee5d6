// The rows of Fuyu.
import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { Fuyu, fuyuAttributes, fuyuConfig, fuyuNames } from './network.js';
import { fuyuProcessor } from './processor.js';
/** Fuyu 8B. */
export const fuyuFamily = defineFamily({
    modelType: 'fuyu',
    architectures: ['FuyuForCausalLM'],
    alsoFor: ['FuyuModel'],
    kind: 'multimodal',
    config: fuyuConfig,
    build: (c) => new Fuyu(c),
    names: fuyuNames,
    modules: () => fuyuAttributes,
    tied: tiedLanguageHead,
    processor: fuyuProcessor,
});
//# sourceMappingURL=family.js.map