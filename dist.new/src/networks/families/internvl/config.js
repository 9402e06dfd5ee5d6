// `config.json` of InternVLForConditionalGeneration (InternVL 3 and 3.5 in the layout of transformers), with the defaults of its classes.
import { z } from 'zod';
import { towerActivation } from '../../encoders/clip-layers.js';
import { wrongField } from '../../parse-config.js';
import { partOf } from '../language-part.js';
const size = z.number().int().positive();
/** A number, or the same number twice: transformers writes both sides of a square. */
const square = z.union([size, z.tuple([size, size])]).transform((v, context) => {
    const [height, width] = Array.isArray(v) ? v : [v, v];
    if (height !== width)
        context.addIssue({ code: 'custom', message: 'expected a square', input: v });
    return height;
});
/** `vision_config` of InternVL. */
export const internVlVisionConfig = z
    .object({
    model_type: z.literal('internvl_vision').default('internvl_vision'),
    hidden_size: size.default(1024),
    intermediate_size: size.default(4096),
    num_hidden_layers: size.default(24),
    num_attention_heads: size.default(16),
    num_channels: z.literal(3).default(3),
    image_size: square.default(448),
    patch_size: square.default(14),
    hidden_act: towerActivation.default('gelu'),
    attention_bias: z.boolean().default(false),
    /** RMSNorm over all heads of queries and of keys together (the tower of 6 billion parameters). */
    use_qk_norm: z.boolean().default(false),
    norm_type: z.enum(['layer_norm', 'rms_norm']).default('layer_norm'),
    layer_norm_eps: z.number().positive().default(1e-6),
    use_absolute_position_embeddings: z.boolean().default(true),
    use_mask_token: z.boolean().default(false),
    layer_scale_init_value: z.number().default(0.1),
    /** False: a norm after the last layer. */
    use_mean_pooling: z.boolean().default(true),
})
    .superRefine((c, context) => {
    if (c.hidden_size % c.num_attention_heads !== 0)
        wrongField(context, 'num_attention_heads', `a divisor of hidden_size (${c.hidden_size})`, c.num_attention_heads);
});
/** `config.json` of InternVLForConditionalGeneration. */
export const internVlConfig = z
    .object({
    model_type: z.literal('internvl').default('internvl'),
    architectures: z.array(z.string()).default(['InternVLForConditionalGeneration']),
    vision_config: internVlVisionConfig.prefault({}),
    text_config: partOf('qwen2'),
    image_token_id: z.number().int().nonnegative().default(151667),
    /** A square of 1 / ratio patches on a side becomes one token. */
    downsample_ratio: z.number().positive().max(1).default(0.5),
    projector_hidden_act: towerActivation.default('gelu'),
    /** Which hidden states; -1 are those behind the tower's last norm, if it has one. */
    vision_feature_layer: z.number().int().default(-1),
    /** The class token is left out: the pixel shuffle wants a square. */
    vision_feature_select_strategy: z.literal('default').default('default'),
    tie_word_embeddings: z.boolean().default(true),
})
    .superRefine((c, context) => {
    const { vision_config: v, downsample_ratio: ratio, vision_feature_layer: layer } = c;
    const side = Math.floor(v.image_size / v.patch_size);
    if (!Number.isInteger(1 / ratio) || side % (1 / ratio) !== 0)
        wrongField(context, 'downsample_ratio', `1 / n, where n divides the ${side} patches along a side`, ratio);
    const states = v.num_hidden_layers + 1;
    if (layer >= states || layer < -states)
        wrongField(context, 'vision_feature_layer', `one of the ${states} hidden states, ${-states} to ${states - 1}`, layer);
    if (c.image_token_id >= c.text_config.vocab_size)
        wrongField(context, 'image_token_id', `an id below vocab_size (${c.text_config.vocab_size})`, c.image_token_id);
});
//# sourceMappingURL=config.js.map