// Mistral: the plain decoder, looking through a sliding window where the config says so.
import { z } from 'zod';
import { decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { CausalDecoder } from '../../language/decoder.js';
/** `config.json` of MistralForCausalLM. */
export const mistralConfig = decoderConfig({
    vocab_size: 32000,
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    max_position_embeddings: 131072,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: false,
    sliding_window: 4096,
}, {
    model_type: z.literal('mistral').default('mistral'),
    architectures: z.array(z.string()).default(['MistralForCausalLM']),
    ...decoderFields,
    ...windowFields,
});
/** MistralForCausalLM. */
export class Mistral extends CausalDecoder {
    constructor(config) {
        super(config, {});
    }
}
//# sourceMappingURL=network.js.map