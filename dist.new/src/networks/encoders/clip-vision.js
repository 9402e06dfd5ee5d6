// The CLIP vision tower: embeddings of patches, a transformer, and the differences of EVA-CLIP as options.
import { z } from 'zod';
import { LayerNorm, Module } from '../../nn/index.js';
import { divides } from '../parse-config.js';
import { ClipVisionEmbeddings, gridOf, sideOf } from './clip-embeddings.js';
import { ClipEncoder, towerActivation } from './clip-layers.js';
import { evaConfig, evaParts } from './eva-layers.js';
const size = z.number().int().positive();
/** `vision_config` of CLIPModel, with the defaults of its class. `stem_*` and `eva` are ours (model_type says so): strided 3x3 convolutions in place of the patch embedding, with a norm over channels between them; the layers of EVA-CLIP. */
export const clipVisionConfig = z
    .object({
    model_type: z.enum(['clip_vision_model', 'sensorium_clip_vision_model']).default('clip_vision_model'),
    hidden_size: size.default(768),
    intermediate_size: size.default(3072),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(12),
    image_size: size.default(224),
    patch_size: size.default(32),
    num_channels: z.literal(3).default(3),
    hidden_act: towerActivation.default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    projection_dim: size.optional(),
    stem_channels: z.array(size).optional(),
    stem_norm: z.boolean().optional(),
    eva: evaConfig.optional(),
})
    .superRefine(divides('num_attention_heads', 'hidden_size'));
/** CLIPVisionModel's inner module. */
export class ClipVision extends Module {
    config;
    /** Of the pictures that are traced. */
    grid = [0, 0];
    embeddings;
    /** Hugging Face's spelling. */
    pre_layrnorm;
    encoder;
    post_layernorm;
    constructor(config) {
        super();
        this.config = config;
        this.embeddings = new ClipVisionEmbeddings(config);
        if (config.eva?.pre_norm ?? true)
            this.pre_layrnorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
        this.encoder = new ClipEncoder(config, config.eva && evaParts(config, config.eva, { trained: sideOf(config), grid: () => this.grid }));
        this.post_layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    }
    get width() {
        return this.config.hidden_size;
    }
    get side() {
        return sideOf(this.config);
    }
    get tokenCount() {
        return this.side ** 2;
    }
    get classTokens() {
        return 1;
    }
    /** pixels: [batch, 3, height, width] -> hidden states, each [batch, 1 + patches, width]; positions are interpolated for pictures of another size. */
    states(pixels, upTo) {
        return this.trace(() => {
            this.grid = gridOf(this.config, [pixels.size(2), pixels.size(3)]);
            const x = this.embeddings.forward(pixels);
            return this.encoder.states(this.pre_layrnorm?.forward(x) ?? x, undefined, upTo);
        });
    }
    /** The normalised class token and patch tokens of the last layer: [batch, 1 + tokenCount, width]. */
    output(pixels) {
        return this.trace(() => this.post_layernorm.forward(this.states(pixels).at(-1)));
    }
}
//# sourceMappingURL=clip-vision.js.map