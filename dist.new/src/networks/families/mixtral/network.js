// Mixtral: the plain decoder with a sparse mixture of experts in place of each feed-forward.
import { z } from 'zod';
import { decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { CausalDecoder, residualInit } from '../../language/decoder.js';
import { SparseMoe } from './moe.js';
const count = z.number().int().positive();
/** `config.json` of MixtralForCausalLM. */
export const mixtralConfig = decoderConfig({
    vocab_size: 32000,
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    max_position_embeddings: 131072,
    rms_norm_eps: 1e-5,
    rope_theta: 1e6,
    tie_word_embeddings: false,
}, {
    model_type: z.literal('mixtral').default('mixtral'),
    architectures: z.array(z.string()).default(['MixtralForCausalLM']),
    ...decoderFields,
    num_local_experts: count.default(8),
    num_experts_per_tok: count.default(2),
    ...windowFields,
});
/** MixtralForCausalLM. */
export class Mixtral extends CausalDecoder {
    constructor(config) {
        const { num_local_experts: experts, num_experts_per_tok: active, hidden_size, intermediate_size } = config;
        super(config, { experts: () => new SparseMoe(hidden_size, intermediate_size, { experts, active, outInit: residualInit(config) }) });
    }
}
//# sourceMappingURL=network.js.map