// The row of SmolLM3.
import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { SmolLm3, smolLm3Config } from './network.js';
/** SmolLM3, 3 billion parameters. */
export const smolLm3Family = defineFamily({
    modelType: 'smollm3',
    architectures: ['SmolLM3ForCausalLM'],
    alsoFor: ['SmolLM3Model'],
    kind: 'causal',
    config: smolLm3Config,
    build: (c) => new SmolLm3(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map