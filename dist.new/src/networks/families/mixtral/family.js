// The rows of Mixtral.
import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Mixtral, mixtralConfig } from './network.js';
/** Mixtral 8x7B and 8x22B. */
export const mixtralFamily = defineFamily({
    modelType: 'mixtral',
    architectures: ['MixtralForCausalLM'],
    alsoFor: ['MixtralModel'],
    kind: 'causal',
    config: mixtralConfig,
    build: (c) => new Mixtral(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map