// The rows of LLaVA 1.5, NeXT and OneVision.
import { defineFamily } from '../../family.js';
import { llavaAttributes, llavaNames } from '../../names.js';
import { llavaConfig, llavaNextConfig, llavaOnevisionConfig, tiedLlavaHead } from './config.js';
import { LlavaNetwork } from './network.js';
import { llavaProcessor } from './processor.js';
import { LlavaTilesNetwork } from './tiles-network.js';
import { tilesProcessor } from './tiles-processor.js';
/** What the three have in common. */
const llava = { kind: 'multimodal', names: llavaNames, modules: () => llavaAttributes, tied: tiedLlavaHead };
/** LLaVA 1.5. */
export const llavaFamily = defineFamily({
    ...llava,
    modelType: 'llava',
    architectures: ['LlavaForConditionalGeneration'],
    alsoFor: ['LlavaModel'],
    config: llavaConfig,
    build: (c) => new LlavaNetwork(c),
    processor: llavaProcessor,
});
/** LLaVA-NeXT (1.6). */
export const llavaNextFamily = defineFamily({
    ...llava,
    modelType: 'llava_next',
    architectures: ['LlavaNextForConditionalGeneration'],
    alsoFor: ['LlavaNextModel'],
    config: llavaNextConfig,
    build: (c) => new LlavaTilesNetwork(c),
    processor: tilesProcessor,
});
/** LLaVA-OneVision. */
export const llavaOnevisionFamily = defineFamily({
    ...llava,
    modelType: 'llava_onevision',
    architectures: ['LlavaOnevisionForConditionalGeneration'],
    alsoFor: ['LlavaOnevisionModel'],
    config: llavaOnevisionConfig,
    build: (c) => new LlavaTilesNetwork(c),
    processor: tilesProcessor,
});
//# sourceMappingURL=family.js.map