// The config of CLAP's audio tower, and what no single field of it shows.
import { z } from 'zod';
import { wrongField } from '../parse-config.js';
import { towerActivation } from './clip-layers.js';
const size = z.number().int().positive();
/** A number, or the same number for both axes, as some files write it. */
const square = z.union([
    size,
    z
        .array(size)
        .length(2)
        .refine(([a, b]) => a === b, 'two equal numbers')
        .transform(([a]) => a),
]);
/** `audio_config` of ClapConfig. */
export const clapAudioConfig = z
    .object({
    model_type: z.literal('clap_audio_model').default('clap_audio_model'),
    architectures: z.array(z.string()).default(['ClapAudioModelWithProjection']),
    window_size: size.default(8),
    num_mel_bins: size.default(64),
    spec_size: size.default(256),
    hidden_act: towerActivation.default('gelu'),
    patch_size: square.default(4),
    patch_stride: square.default(4),
    hidden_size: size.default(768),
    projection_dim: size.default(512),
    projection_hidden_act: towerActivation.default('relu'),
    depths: z.array(size).min(1).default([2, 2, 6, 2]),
    num_attention_heads: z.array(size).default([4, 8, 16, 32]),
    enable_fusion: z.boolean().default(false),
    fusion_type: z.literal('aff_2d').nullish(),
    patch_embed_input_channels: z.literal(1).default(1),
    patch_embeds_hidden_size: size.default(96),
    enable_patch_layer_norm: z.boolean().default(true),
    flatten_patch_embeds: z.literal(true).default(true),
    qkv_bias: z.boolean().default(true),
    mlp_ratio: z.number().positive().default(4),
    aff_block_r: size.default(4),
    layer_norm_eps: z.number().positive().default(1e-5),
})
    .superRefine((c, context) => {
    const wrong = (path, expected) => wrongField(context, path, expected, c[path]);
    const stages = c.depths.length;
    const grid = Math.floor(c.spec_size / c.patch_stride);
    const last = grid / 2 ** (stages - 1);
    if (c.num_attention_heads.length !== stages)
        wrong('num_attention_heads', `one number for each of the ${stages} stages`);
    const bad = c.num_attention_heads.findIndex((heads, i) => (c.patch_embeds_hidden_size * 2 ** i) % heads !== 0);
    if (bad >= 0)
        wrong('num_attention_heads', `a divisor of stage ${bad}'s width (${c.patch_embeds_hidden_size * 2 ** bad})`);
    if (c.hidden_size !== c.patch_embeds_hidden_size * 2 ** (stages - 1))
        wrong('hidden_size', `patch_embeds_hidden_size doubled at each further stage (${c.patch_embeds_hidden_size * 2 ** (stages - 1)})`);
    const patches = Math.floor((c.spec_size + 2 * Math.floor((c.patch_size - c.patch_stride) / 2) - c.patch_size) / c.patch_stride) + 1;
    if (patches !== grid)
        wrong('patch_size', `a size that gives ${grid} patches a side, not ${patches}`);
    if (!Number.isInteger(last))
        wrong('spec_size', `a grid of patches that can be halved ${stages - 1} times`);
    else if (last < c.window_size)
        wrong('window_size', `at most the side of the last stage (${last})`);
    if (c.num_mel_bins > c.spec_size)
        wrong('num_mel_bins', `at most spec_size (${c.spec_size})`);
    else if (c.spec_size % Math.floor(c.spec_size / c.num_mel_bins) !== 0)
        wrong('num_mel_bins', 'expected a number of which spec_size holds a divisor of itself');
});
/** `config.json` of ClapModel, of which the text tower is left aside; the projection is described at the top. */
export const clapConfig = z
    .object({
    model_type: z.literal('clap').default('clap'),
    architectures: z.array(z.string()).default(['ClapModel']),
    projection_dim: size.default(512),
    projection_hidden_act: towerActivation.default('relu'),
    audio_config: z.looseObject({}).default({}),
})
    .transform(({ projection_dim, projection_hidden_act, audio_config }) => ({
    audio_config: { ...audio_config, projection_dim, projection_hidden_act },
}))
    .pipe(z.object({ audio_config: clapAudioConfig }));
//# sourceMappingURL=clap-config.js.map