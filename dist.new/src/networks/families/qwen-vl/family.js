// The rows of Qwen2-VL and Qwen2.5-VL.
import { defineFamily } from '../../family.js';
import { tiedLanguageHead } from '../../names.js';
import { QwenVl, qwen2VlConfig, qwen25VlConfig, qwenVlAttributes, qwenVlNames } from './network.js';
import { qwenVlProcessor } from './processor.js';
/** What these and Qwen3-VL have in common. */
export const qwenVlShared = { kind: 'multimodal', names: qwenVlNames, modules: () => qwenVlAttributes, tied: tiedLanguageHead };
/** Qwen2-VL. */
export const qwen2VlFamily = defineFamily({
    ...qwenVlShared,
    modelType: 'qwen2_vl',
    architectures: ['Qwen2VLForConditionalGeneration'],
    alsoFor: ['Qwen2VLModel'],
    config: qwen2VlConfig,
    build: (c) => new QwenVl(c),
    processor: qwenVlProcessor,
});
/** Qwen2.5-VL. */
export const qwen25VlFamily = defineFamily({
    ...qwenVlShared,
    modelType: 'qwen2_5_vl',
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    alsoFor: ['Qwen2_5_VLModel'],
    config: qwen25VlConfig,
    build: (c) => new QwenVl(c),
    processor: qwenVlProcessor,
});
//# sourceMappingURL=family.js.map