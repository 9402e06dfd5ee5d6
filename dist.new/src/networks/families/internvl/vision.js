// InternVL's vision tower (InternViT): a class token, learned positions, and branches whose channels are scaled before they are added.
import { concat, Parameter } from '../../../graph/index.js';
import { init, LayerNorm, Linear, Module, multiHead, RmsNorm } from '../../../nn/index.js';
import { ClipMlp, PatchEmbedding } from '../../encoders/clip-layers.js';
import { stack } from '../../stack.js';
/** What the class of transformers gives its norms of queries and keys, whatever the config says of the others. */
const QK_EPS = 1e-6;
class PatchEmbeddings extends Module {
    projection;
    constructor(c) {
        super();
        this.projection = new PatchEmbedding(c.hidden_size, c.patch_size);
    }
}
class Embeddings extends Module {
    cls_token;
    /** For masked images in pretraining; files may have it, nothing here reads it. */
    mask_token;
    patch_embeddings;
    position_embeddings;
    constructor(c) {
        super();
        const { hidden_size: width } = c;
        this.cls_token = new Parameter([1, 1, width], init.normal(0.02));
        if (c.use_mask_token)
            this.mask_token = new Parameter([1, 1, width], init.zeros);
        this.patch_embeddings = new PatchEmbeddings(c);
        const patches = Math.floor(c.image_size / c.patch_size) ** 2;
        if (c.use_absolute_position_embeddings)
            this.position_embeddings = new Parameter([1, patches + 1, width], init.normal(0.02));
    }
    forward(pixels) {
        return this.trace(() => {
            const patches = this.patch_embeddings.projection.forward(pixels);
            const x = concat([this.cls_token.expand([patches.dim(0), 1, patches.size(2)]), patches], 1);
            return this.position_embeddings ? x.add(this.position_embeddings) : x;
        });
    }
}
class Attention extends Module {
    c;
    q_proj;
    k_proj;
    v_proj;
    projection_layer;
    q_norm;
    k_norm;
    constructor(c) {
        super();
        this.c = c;
        const { hidden_size: width, attention_bias: bias } = c;
        this.q_proj = new Linear(width, width, { bias });
        this.k_proj = new Linear(width, width, { bias });
        this.v_proj = new Linear(width, width, { bias });
        this.projection_layer = new Linear(width, width);
        if (!c.use_qk_norm)
            return;
        this.q_norm = new RmsNorm(width, QK_EPS);
        this.k_norm = new RmsNorm(width, QK_EPS);
    }
    forward(x) {
        return this.trace(() => {
            const [q, k, v] = [this.q_proj.forward(x), this.k_proj.forward(x), this.v_proj.forward(x)];
            const [Q, K] = [this.q_norm?.forward(q) ?? q, this.k_norm?.forward(k) ?? k];
            return this.projection_layer.forward(multiHead(Q, K, v, { heads: this.c.num_attention_heads }));
        });
    }
}
class Layer extends Module {
    attention;
    mlp;
    layernorm_before;
    layernorm_after;
    lambda_1;
    lambda_2;
    constructor(c) {
        super();
        const norm = () => new (c.norm_type === 'rms_norm' ? RmsNorm : LayerNorm)(c.hidden_size, c.layer_norm_eps);
        this.attention = new Attention(c);
        this.mlp = new ClipMlp(c);
        this.layernorm_before = norm();
        this.layernorm_after = norm();
        this.lambda_1 = new Parameter([c.hidden_size], init.fill(c.layer_scale_init_value));
        this.lambda_2 = new Parameter([c.hidden_size], init.fill(c.layer_scale_init_value));
    }
    forward(x) {
        return this.trace(() => {
            const h = x.add(this.attention.forward(this.layernorm_before.forward(x)).mul(this.lambda_1));
            return h.add(this.mlp.forward(this.layernorm_after.forward(h)).mul(this.lambda_2));
        });
    }
}
class Encoder extends Module {
    layer;
    constructor(c) {
        super();
        this.layer = stack(c.num_hidden_layers, () => new Layer(c));
    }
}
/** InternVLVisionModel. */
export class InternVlVision extends Module {
    config;
    embeddings;
    encoder;
    layernorm;
    constructor(config) {
        super();
        this.config = config;
        this.embeddings = new Embeddings(config);
        this.encoder = new Encoder(config);
        if (!config.use_mean_pooling)
            this.layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    }
    /** Patches along a side. */
    get side() {
        return Math.floor(this.config.image_size / this.config.patch_size);
    }
    /**
     * pixels: [tiles, 3, size, size] -> hidden states `layer`, counted as transformers counts them, -1 behind the last norm, of the patches:
     * [tiles, side², width].
     */
    tokens(pixels, layer) {
        return this.trace(() => {
            const layers = this.encoder.layer;
            const upTo = layer < 0 ? layers.length + 1 + layer : layer;
            let x = this.embeddings.forward(pixels);
            for (const block of layers.slice(0, upTo))
                x = block.forward(x);
            const out = layer === -1 && this.layernorm ? this.layernorm.forward(x) : x;
            return out.slice({ axis: 1, start: 1 });
        });
    }
}
//# sourceMappingURL=vision.js.map