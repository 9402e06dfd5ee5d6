// The rows of Qwen 1.5 to 3.
import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Qwen2, Qwen3, qwen2Config, qwen3Config } from './network.js';
/** Qwen 1.5, 2 and 2.5. */
export const qwen2Family = defineFamily({
    modelType: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    alsoFor: ['Qwen2Model'],
    kind: 'causal',
    config: qwen2Config,
    build: (c) => new Qwen2(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
/** Qwen 3, without experts. */
export const qwen3Family = defineFamily({
    modelType: 'qwen3',
    architectures: ['Qwen3ForCausalLM'],
    alsoFor: ['Qwen3Model'],
    kind: 'causal',
    config: qwen3Config,
    build: (c) => new Qwen3(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map