// The rows of Mistral.
import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Mistral, mistralConfig } from './network.js';
/** Mistral 7B, the language model of LLaVA-NeXT and Idefics2. */
export const mistralFamily = defineFamily({
    modelType: 'mistral',
    architectures: ['MistralForCausalLM'],
    alsoFor: ['MistralModel'],
    kind: 'causal',
    config: mistralConfig,
    build: (c) => new Mistral(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map