// The row of Qwen3-VL.
import { defineFamily } from '../../family.js';
import { qwenVlShared } from '../qwen-vl/family.js';
import { qwen3VlConfig } from './config.js';
import { Qwen3Vl } from './network.js';
import { qwen3VlProcessor } from './processor.js';
/** Qwen3-VL without experts. */
export const qwen3VlFamily = defineFamily({
    ...qwenVlShared,
    modelType: 'qwen3_vl',
    architectures: ['Qwen3VLForConditionalGeneration'],
    alsoFor: ['Qwen3VLModel'],
    config: qwen3VlConfig,
    build: (c) => new Qwen3Vl(c),
    processor: qwen3VlProcessor,
});
//# sourceMappingURL=family.js.map