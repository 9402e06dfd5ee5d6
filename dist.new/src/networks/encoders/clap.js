// The audio tower of CLAP (HTS-AT: a Swin transformer over folded spectrograms), and its projection into the space shared with text.
import { BatchNorm, LayerNorm, Linear, Module } from '../../nn/index.js';
import { ClapPatches, folded } from './clap-patches.js';
import { activations } from './clip-layers.js';
import { PatchMerging, SwinBlock } from './swin.js';
class Stage extends Module {
    blocks;
    downsample;
    constructor(c, stage, side) {
        super();
        const width = c.patch_embeds_hidden_size * 2 ** stage;
        const sizes = { width, side, heads: c.num_attention_heads[stage], window: c.window_size };
        const kind = { activation: c.hidden_act, eps: c.layer_norm_eps, qkvBias: c.qkv_bias };
        const feedForward = Math.trunc(c.mlp_ratio * width);
        this.blocks = Array.from({ length: c.depths[stage] }, (_, i) => new SwinBlock({ ...sizes, ...kind, feedForward, shift: i % 2 === 0 ? 0 : Math.floor(c.window_size / 2) }));
        if (stage < c.depths.length - 1)
            this.downsample = new PatchMerging(width, side);
    }
    forward(x) {
        return this.trace(() => {
            const y = this.blocks.reduce((h, block) => block.forward(h), x);
            return this.downsample ? this.downsample.forward(y) : y;
        });
    }
}
/** ClapAudioEncoder. */
export class ClapAudioEncoder extends Module {
    config;
    patch_embed;
    layers;
    batch_norm;
    norm;
    constructor(config) {
        super();
        this.config = config;
        const grid = Math.floor(config.spec_size / config.patch_stride);
        this.patch_embed = new ClapPatches(config);
        this.layers = config.depths.map((_, stage) => new Stage(config, stage, grid / 2 ** stage));
        this.batch_norm = new BatchNorm(config.num_mel_bins);
        this.norm = new LayerNorm(config.hidden_size);
    }
    get width() {
        return this.config.hidden_size;
    }
    get tokenCount() {
        return (Math.floor(this.config.spec_size / this.config.patch_stride) / 2 ** (this.config.depths.length - 1)) ** 2;
    }
    /**
     * spectrograms: [batch, 1 (with fusion 4), frames, mels], of as many frames as one knows at most; longer: bool [batch], which sounds
     * are to be fused from their cuts -> [batch, tokenCount, width], the grid row by row.
     */
    tokens(spectrograms, longer) {
        return this.trace(() => {
            const normed = this.batch_norm.forward(spectrograms.transpose([0, 3, 2, 1])).transpose([0, 3, 2, 1]);
            const x = this.patch_embed.forward(folded(normed, this.config.spec_size), longer);
            return this.norm.forward(this.layers.reduce((h, stage) => stage.forward(h), x));
        });
    }
}
class AudioModel extends Module {
    audio_encoder;
    constructor(c) {
        super();
        this.audio_encoder = new ClapAudioEncoder(c);
    }
}
class Projection extends Module {
    c;
    linear1;
    linear2;
    constructor(c) {
        super();
        this.c = c;
        this.linear1 = new Linear(c.hidden_size, c.projection_dim);
        this.linear2 = new Linear(c.projection_dim, c.projection_dim);
    }
    forward(x) {
        return this.trace(() => this.linear2.forward(activations[this.c.projection_hidden_act](this.linear1.forward(x))));
    }
}
/** ClapModel's audio half: the tower, and where the file has one, the projection. */
export class ClapAudio extends Module {
    config;
    audio_model;
    audio_projection;
    constructor(config) {
        super();
        this.config = config;
        this.audio_model = new AudioModel(config);
        if (!config.architectures.includes('ClapAudioModel'))
            this.audio_projection = new Projection(config);
    }
    get encoder() {
        return this.audio_model.audio_encoder;
    }
    /** Tokens [batch, n, width] -> one vector for each sound, [batch, width]. */
    pooled(tokens) {
        return tokens.mean([1]);
    }
    /** The vector in the space shared with text, of any length: pooled [batch, width] -> [batch, projection_dim]. */
    project(pooled) {
        return this.audio_projection ? this.audio_projection.forward(pooled) : pooled;
    }
}
//# sourceMappingURL=clap.js.map