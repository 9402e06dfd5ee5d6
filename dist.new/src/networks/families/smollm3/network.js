// SmolLM3: the plain decoder, in which some layers do not turn their heads (NoPE), by default every fourth.
import { z } from 'zod';
import { decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { CausalDecoder } from '../../language/decoder.js';
import { wrongField } from '../../parse-config.js';
/** `config.json` of SmolLM3ForCausalLM. Where it has windows, they are those of the layers without positions. */
export const smolLm3Config = decoderConfig({
    vocab_size: 128256,
    hidden_size: 2048,
    intermediate_size: 11008,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    num_key_value_heads: 4,
    max_position_embeddings: 32768,
    rms_norm_eps: 1e-6,
    rope_theta: 2000000,
    tie_word_embeddings: true,
    bos_token_id: 128000,
    eos_token_id: 128001,
    pad_token_id: 128004,
}, {
    model_type: z.literal('smollm3').default('smollm3'),
    architectures: z.array(z.string()).default(['SmolLM3ForCausalLM']),
    ...decoderFields,
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    use_sliding_window: z.boolean().default(false),
    no_rope_layers: z.array(z.number().int().min(0).max(1)).nullish(),
    no_rope_layer_interval: z.number().int().positive().default(4),
    ...windowFields,
}).transform((c, context) => {
    const layers = Array.from({ length: c.num_hidden_layers }, (_, i) => i);
    const no_rope_layers = c.no_rope_layers ?? layers.map((i) => Number((i + 1) % c.no_rope_layer_interval !== 0));
    if (no_rope_layers.length < layers.length)
        wrongField(context, 'no_rope_layers', `a number for each of the ${layers.length} layers`, no_rope_layers);
    const windowed = c.use_sliding_window && c.sliding_window;
    const typeOf = (i) => (windowed && no_rope_layers[i] === 0 ? 'sliding_attention' : 'full_attention');
    return { ...c, no_rope_layers, layer_types: c.layer_types ?? layers.map(typeOf) };
});
/** SmolLM3ForCausalLM. */
export class SmolLm3 extends CausalDecoder {
    constructor(config) {
        super(config, { qkvBias: config.attention_bias, outBias: config.attention_bias, mlpBias: config.mlp_bias });
    }
}
//# sourceMappingURL=network.js.map