// The row of Gemma 3 without images.
import { defineFamily } from '../../family.js';
import { decoderNames, tiedDecoderHead } from '../../names.js';
import { Gemma3Text, gemma3TextConfig } from './network.js';
/** Gemma 3 of 270 million and 1 billion parameters, and what is trained like them. */
export const gemma3TextFamily = defineFamily({
    modelType: 'gemma3_text',
    architectures: ['Gemma3ForCausalLM'],
    alsoFor: ['Gemma3TextModel'],
    kind: 'causal',
    config: gemma3TextConfig,
    build: (c) => new Gemma3Text(c),
    names: decoderNames,
    tied: tiedDecoderHead,
});
//# sourceMappingURL=family.js.map