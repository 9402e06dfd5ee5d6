// LLaMA: the plain decoder (Vicuna, MobileLLaMA, SmolLM2 are such).
import { z } from 'zod';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { CausalDecoder } from '../../language/decoder.js';
const { tie_word_embeddings, hidden_act, ...sizes } = decoderFields;
/** `config.json` of LlamaForCausalLM. */
export const llamaConfig = decoderConfig({
    vocab_size: 32000,
    hidden_size: 4096,
    intermediate_size: 11008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: false,
}, {
    model_type: z.literal('llama').default('llama'),
    architectures: z.array(z.string()).default(['LlamaForCausalLM']),
    ...sizes,
    /** On all four projections. */
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().optional(),
    tie_word_embeddings,
    hidden_act,
});
/** LlamaForCausalLM. */
export class Llama extends CausalDecoder {
    constructor(config) {
        super(config, { qkvBias: config.attention_bias, outBias: config.attention_bias, mlpBias: config.mlp_bias });
    }
}
//# sourceMappingURL=network.js.map