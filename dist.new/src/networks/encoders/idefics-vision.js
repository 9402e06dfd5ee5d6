// The vision tower of Idefics 2 and 3: SigLIP's, over images of any size and shape, whose patches take the nearest of the learned positions.
import { z } from 'zod';
import { gather } from '../../graph/index.js';
import { Embedding, LayerNorm, Module } from '../../nn/index.js';
import { ClipEncoder } from './clip-layers.js';
import { PatchLinear } from './patch-linear.js';
const size = z.number().int().positive();
/** `vision_config` of Idefics2 and Idefics3, by the defaults of their classes. */
export const idefics2VisionConfig = visionConfig(['idefics2_vision', 'idefics2'], { layers: 12, heads: 12, width: 768 });
export const idefics3VisionConfig = visionConfig(['idefics3_vision', 'idefics3', 'smolvlm_vision'], { layers: 12, heads: 16, width: 1152 });
function visionConfig(types, d) {
    return z.object({
        model_type: z.enum(types).default(types[0]),
        hidden_size: size.default(d.width),
        intermediate_size: size.default(3072),
        num_hidden_layers: size.default(d.layers),
        num_attention_heads: size.default(d.heads),
        num_channels: z.literal(3).default(3),
        image_size: size.default(224),
        patch_size: size.default(32),
        hidden_act: z.enum(['gelu_pytorch_tanh', 'gelu', 'quick_gelu']).default('gelu_pytorch_tanh'),
        layer_norm_eps: z.number().positive().default(1e-6),
    });
}
class IdeficsVisionEmbeddings extends Module {
    patch_embedding;
    position_embedding;
    constructor(c) {
        super();
        this.patch_embedding = new PatchLinear([3, c.patch_size, c.patch_size], c.hidden_size, { bias: true });
        this.position_embedding = new Embedding(Math.floor(c.image_size / c.patch_size) ** 2, c.hidden_size);
    }
    forward(patches, positions) {
        return this.trace(() => this.patch_embedding.forward(patches).add(gather(this.position_embedding.weight, positions)));
    }
}
/** Idefics2VisionTransformer and Idefics3VisionTransformer. */
export class IdeficsVision extends Module {
    config;
    embeddings;
    encoder;
    post_layernorm;
    constructor(config) {
        super();
        this.config = config;
        this.embeddings = new IdeficsVisionEmbeddings(config);
        this.encoder = new ClipEncoder(config);
        this.post_layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    }
    get width() {
        return this.config.hidden_size;
    }
    /**
     * patches: [images, n, 3 p p], positions (`ideficsPositions`): int [n] or [images, n] -> [images, n, width].
     * mask: additive, [images, 1, 1, n], for images that have fewer patches than others.
     */
    tokens(patches, positions, mask) {
        return this.trace(() => this.post_layernorm.forward(this.encoder.states(this.embeddings.forward(patches, positions), mask).at(-1)));
    }
}
/**
 * Which learned position each patch of a grid takes, row by row: that of the same fraction of the side (NaViT's fractional coordinates).
 * `side`: learned positions along each side. In single precision as transformers computes it, where now and then a patch
 * falls into the bucket before its own.
 */
export function ideficsPositions(rows, columns, side) {
    const [y, x] = [buckets(rows, side), buckets(columns, side)];
    return Int32Array.from({ length: rows * columns }, (_, i) => y[Math.floor(i / columns)] * side + x[i % columns]);
}
function buckets(count, side) {
    const boundaries = Array.from({ length: Math.ceil((1 - 1 / side) / (1 / side)) }, (_, i) => Math.fround(1 / side + i * (1 / side)));
    const step = Math.fround(1 / count);
    const most = Math.fround(1 - 1e-6);
    return Array.from({ length: count }, (_, i) => {
        const at = Math.min(Math.fround(i * step), most);
        return boundaries.filter((b) => b <= at).length;
    });
}
//# sourceMappingURL=idefics-vision.js.map