// config.json of Qwen3-VL: the vision tower, a Qwen3 whose tokens have three positions, and both together.
import { z } from 'zod';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { wrongField } from '../../parse-config.js';
import { consistent, DYNAMIC, nested, outputs, withSections } from '../qwen-vl/network.js';
const size = z.number().int().positive();
/** `vision_config`: a ViT whose learned positions are a square of `num_position_embeddings`. */
export const qwen3VisionConfig = z.object({
    model_type: z.enum(['qwen3_vl_vision', 'qwen3_vl']).default('qwen3_vl_vision'),
    depth: size.default(27),
    hidden_size: size.default(1152),
    hidden_act: z.enum(['quick_gelu', 'gelu', 'gelu_pytorch_tanh', 'silu']).default('gelu_pytorch_tanh'),
    intermediate_size: size.default(4304),
    num_heads: size.default(16),
    in_channels: z.literal(3).default(3),
    patch_size: size.default(16),
    spatial_merge_size: size.default(2),
    temporal_patch_size: size.default(2),
    out_hidden_size: size.default(3584),
    num_position_embeddings: size.default(2304),
    /** Layers whose output goes to the first layers of the language model, by number. */
    deepstack_visual_indexes: z.array(z.number().int().nonnegative()).default([8, 16, 24]),
    rope_theta: z.number().positive().default(10000),
});
/** `text_config`: a Qwen3. Positions of three kinds take turns over the frequencies. */
export const qwen3VlTextConfig = z.preprocess(withSections, decoderConfig({
    vocab_size: 151936,
    hidden_size: 4096,
    intermediate_size: 22016,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    head_dim: 128,
    max_position_embeddings: 128000,
    rms_norm_eps: 1e-6,
    rope_theta: 500000,
    tie_word_embeddings: false,
}, {
    model_type: z.string().default('qwen3_vl_text'),
    ...decoderFields,
    rope_scaling: decoderFields.rope_scaling.refine((s) => s?.rope_type !== 'dynamic', DYNAMIC),
    attention_bias: z.boolean().default(false),
    mrope_section: z.array(z.number().int().nonnegative()).length(3).default([24, 20, 20]),
}));
const id = z.number().int().nonnegative();
/** `config.json` of Qwen3VLForConditionalGeneration. */
export const qwen3VlConfig = z.preprocess(nested, z
    .object({
    model_type: z.literal('qwen3_vl').default('qwen3_vl'),
    architectures: z.array(z.string()).optional(),
    vision_config: z.preprocess(withTheta, qwen3VisionConfig).prefault({}),
    text_config: qwen3VlTextConfig,
    image_token_id: id.default(151655),
    video_token_id: id.default(151656),
    vision_start_token_id: id.default(151652),
    vision_end_token_id: id.default(151653),
    tie_word_embeddings: z.boolean().default(false),
})
    .superRefine((c, context) => {
    consistent(c, context);
    const { vision_config: v, text_config: t } = c;
    outputs(c, 'out_hidden_size', v.out_hidden_size, context);
    const wrong = (key, expected) => wrongField(context, `vision_config.${key}`, expected, v[key]);
    if (v.hidden_size % (4 * v.num_heads) !== 0)
        wrong('num_heads', `a divisor of a quarter of hidden_size, ${v.hidden_size / 4}`);
    if (!Number.isInteger(Math.sqrt(v.num_position_embeddings)))
        wrong('num_position_embeddings', 'a square');
    const deep = v.deepstack_visual_indexes;
    if (new Set(deep).size !== deep.length || deep.some((i) => i >= v.depth) || deep.length >= t.num_hidden_layers)
        wrong('deepstack_visual_indexes', `different layers below ${v.depth}, fewer than the ${t.num_hidden_layers} of the text model`);
}));
/** The base of the rotary positions as transformers 5 writes it. */
function withTheta(raw) {
    const theta = raw?.rope_parameters?.rope_theta;
    return theta === undefined ? raw : { rope_theta: theta, ...raw };
}
//# sourceMappingURL=config.js.map