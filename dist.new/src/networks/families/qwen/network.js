// Qwen2 and Qwen3: the plain decoder with biases on queries, keys and values, or with norms on the heads of queries and keys.
import { z } from 'zod';
import { decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { CausalDecoder } from '../../language/decoder.js';
const defaults = {
    vocab_size: 151936,
    hidden_size: 4096,
    intermediate_size: 22016,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    max_position_embeddings: 32768,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: false,
};
const windows = {
    use_sliding_window: z.boolean().default(false),
    max_window_layers: z.number().int().nonnegative().default(28),
    ...windowFields,
};
/** `config.json` of Qwen2ForCausalLM (Qwen 1.5, 2, 2.5). */
export const qwen2Config = decoderConfig(defaults, {
    model_type: z.literal('qwen2').default('qwen2'),
    architectures: z.array(z.string()).default(['Qwen2ForCausalLM']),
    ...decoderFields,
    ...windows,
});
/** Qwen2ForCausalLM. */
export class Qwen2 extends CausalDecoder {
    constructor(config) {
        super(config, { qkvBias: true });
    }
}
/** `config.json` of Qwen3ForCausalLM. The size of a head is its own: heads need not make up the width. */
export const qwen3Config = decoderConfig({ ...defaults, head_dim: 128 }, {
    model_type: z.literal('qwen3').default('qwen3'),
    architectures: z.array(z.string()).default(['Qwen3ForCausalLM']),
    ...decoderFields,
    attention_bias: z.boolean().default(false),
    ...windows,
});
/** Qwen3ForCausalLM. */
export class Qwen3 extends CausalDecoder {
    constructor(config) {
        super(config, { qkvBias: config.attention_bias, outBias: config.attention_bias, qkNorm: true });
    }
}
//# sourceMappingURL=network.js.map