// Kosmos2ForConditionalGeneration: a CLIP tower, latent queries that read it once, and a decoder that writes boxes as tokens.
import { z } from 'zod';
import { concat, input, normalize, Parameter } from '../../../graph/index.js';
import { init, Linear, Module } from '../../../nn/index.js';
import { ClipVision, clipVisionConfig } from '../../encoders/clip-vision.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { prefixMap } from '../../names.js';
import { KosmosAttention, KosmosText, kosmosTextConfig } from './text.js';
const tower = {
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    image_size: 224,
    patch_size: 14,
};
/** `config.json` of Kosmos2ForConditionalGeneration. */
export const kosmos2Config = z.object({
    model_type: z.literal('kosmos-2').default('kosmos-2'),
    architectures: z.array(z.string()).default(['Kosmos2ForConditionalGeneration']),
    vision_config: z.preprocess((raw) => (typeof (raw ?? {}) === 'object' ? { ...tower, ...raw, model_type: 'clip_vision_model' } : raw), clipVisionConfig),
    text_config: z.unknown().prefault({}).pipe(kosmosTextConfig),
    latent_query_num: z.number().int().positive().default(64),
    tie_word_embeddings: z.boolean().default(true),
});
class VisionModel extends Module {
    model;
    constructor(c) {
        super();
        this.model = new ClipVision(c.vision_config);
    }
}
class ImageToTextProjection extends Module {
    dense;
    latent_query;
    x_attn;
    constructor(c) {
        super();
        const { hidden_size: w } = c.text_config;
        this.dense = new Linear(c.vision_config.hidden_size, w);
        this.latent_query = new Parameter([c.latent_query_num, w], init.normal(1));
        this.x_attn = new KosmosAttention(c.text_config, { inner: false });
    }
    /** tokens: [images, n, vision width] -> [images, latents, width]. */
    project(tokens) {
        return this.trace(() => {
            const latents = this.latent_query.unsqueeze(0).expand([tokens.dim(0), ...this.latent_query.dims]);
            return this.x_attn.crossAttend(latents, concat([this.dense.forward(tokens), latents], 1));
        });
    }
}
/** The network. */
export class Kosmos2 extends MultimodalNetwork {
    config;
    vision_model;
    image_to_text_projection;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        this.vision_model = new VisionModel(config);
        this.image_to_text_projection = new ImageToTextProjection(config);
        this.language_model = new KosmosText({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings });
        this.nameParameters();
    }
    tower() {
        return [this.vision_model];
    }
    /** pixels: [images, 3, size, size] -> [images, 1 + patches, vision width]. */
    encode() {
        const { image_size } = this.config.vision_config;
        return normalize(this.vision_model.model.output(input('pixels', ['images', 3, image_size, image_size])));
    }
    /** [images, 1 + patches, vision width] -> [images * latents, width]. */
    connect(tokens) {
        return this.image_to_text_projection.project(tokens).reshape([-1, this.language_model.width]);
    }
}
/** The parts of the model in the file. */
export const kosmos2Names = prefixMap([
    ['language_model', 'text_model'],
    ['language_model.model.norm', 'text_model.model.layer_norm'],
]);
//# sourceMappingURL=network.js.map