// The row of OPT.
import { defineFamily } from '../../family.js';
import { hasPrefix, prefixMap, tiedDecoderHead } from '../../names.js';
import { Opt, optConfig, optNames } from './network.js';
const published = prefixMap(optNames());
const base = prefixMap(optNames('', 'decoder'));
/** OPT of all sizes. */
export const optFamily = defineFamily({
    modelType: 'opt',
    architectures: ['OPTForCausalLM'],
    alsoFor: ['OPTModel'],
    kind: 'causal',
    config: optConfig,
    build: (c) => new Opt(c),
    names: (inFile) => (hasPrefix(inFile, 'decoder.') ? base : published),
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map