// Idefics2ForConditionalGeneration: images at their own shape, a gated projection, a perceiver resampler, a Mistral.
import { z } from 'zod';
import { concat, equal, input, where, zeros } from '../../../graph/index.js';
import { Module } from '../../../nn/index.js';
import { PerceiverResampler } from '../../connectors/perceiver.js';
import { IdeficsVision, idefics2VisionConfig } from '../../encoders/idefics-vision.js';
import { GatedMlp } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { wrongField } from '../../parse-config.js';
import { buildLanguage, partOf } from '../language-part.js';
const size = z.number().int().positive();
const perceiverConfig = z.object({
    hidden_act: z.literal('silu').default('silu'),
    hidden_size: size.default(4096),
    rms_norm_eps: z.number().positive().default(1e-6),
    resampler_n_latents: size.default(64),
    resampler_depth: size.default(3),
    resampler_n_heads: size.default(16),
    resampler_head_dim: size.default(96),
    num_key_value_heads: size.default(4),
});
/** The language model of a config that has none. */
const mistral = { max_position_embeddings: 4096 * 8, rms_norm_eps: 1e-5 };
/** `config.json` of Idefics2ForConditionalGeneration. */
export const idefics2Config = z
    .object({
    model_type: z.literal('idefics2').default('idefics2'),
    architectures: z.array(z.string()).default(['Idefics2ForConditionalGeneration']),
    vision_config: idefics2VisionConfig.prefault({}),
    perceiver_config: perceiverConfig.prefault({}),
    text_config: partOf('mistral', mistral),
    image_token_id: z.number().int().nonnegative().default(32001),
    tie_word_embeddings: z.boolean().default(false),
})
    .superRefine(({ perceiver_config: p }, context) => {
    if (p.resampler_n_heads % p.num_key_value_heads !== 0)
        wrongField(context, 'perceiver_config.num_key_value_heads', `a divisor of resampler_n_heads (${p.resampler_n_heads})`, p.num_key_value_heads);
});
/** The resampler works at the width of the text; published configs that do not say so get its norm as well. */
function perceiverSizes(p, text) {
    return p.hidden_size === text.hidden_size ? p : { ...p, hidden_size: text.hidden_size, rms_norm_eps: text.rms_norm_eps };
}
class Idefics2Connector extends Module {
    modality_projection;
    perceiver_resampler;
    constructor({ vision_config: v, text_config: t, perceiver_config: p }) {
        super();
        this.modality_projection = new GatedMlp(v.hidden_size, t.intermediate_size, { out: t.hidden_size });
        this.perceiver_resampler = new PerceiverResampler(perceiverSizes(p, t));
    }
}
/** The input `positions`: int32 [images, n], 0 for missing patches, and the additive mask of these, [images, 1, 1, n]. */
function patchPositions() {
    const given = input('positions', ['images', 'n'], 'int32');
    const missing = equal(given, -1);
    const mask = where(missing, -1e9, 0).reshape([given.dim(0), 1, 1, given.dim(1)]);
    return { positions: where(missing, 0, given), mask };
}
/** The network; one run of `see` takes an image and its four quarters where it is cut, each with as many patches as it has. */
export class Idefics2 extends MultimodalNetwork {
    config;
    vision_model;
    connector;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        this.vision_model = new IdeficsVision(config.vision_config);
        this.connector = new Idefics2Connector(config);
        this.language_model = buildLanguage({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings });
        this.nameParameters();
    }
    /** Rows of each image that is encoded. */
    get imageTokens() {
        return this.connector.perceiver_resampler.tokenCount();
    }
    tower() {
        return [this.vision_model];
    }
    /** patches: [images, n, 3 p p]; positions: int32 [images, n], -1 where an image has no more patches -> [images, n, vision width]. */
    encode() {
        const patches = input('patches', ['images', 'n', 3 * this.config.vision_config.patch_size ** 2]);
        const { positions, mask } = patchPositions();
        return this.vision_model.tokens(patches, positions, mask);
    }
    /** [images, n, vision width] and the same `positions` -> [images * imageTokens, width]. */
    connect(tokens) {
        const { mask } = patchPositions();
        const seen = concat([mask, zeros([mask.dim(0), 1, 1, this.imageTokens])], 3);
        const context = this.connector.modality_projection.forward(tokens);
        return this.connector.perceiver_resampler.project(context, seen).reshape([-1, this.language_model.width]);
    }
}
//# sourceMappingURL=network.js.map