// The rows of LLaMA 1 to 3 and what shares its network.
import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Llama, llamaConfig } from './network.js';
/** LLaMA 1 to 3, Vicuna, MobileLLaMA, SmolLM2. */
export const llamaFamily = defineFamily({
    modelType: 'llama',
    architectures: ['LlamaForCausalLM'],
    alsoFor: ['LlamaModel', 'LLaMAForCausalLM'],
    kind: 'causal',
    config: llamaConfig,
    build: (c) => new Llama(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map