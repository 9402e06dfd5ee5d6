// Qwen3VLForConditionalGeneration: what layers of the tower see goes to the first layers of the language model (DeepStack).
import { concat, gather, gelu, input, zeros } from '../../../graph/index.js';
import { Embedding, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { activations } from '../../encoders/clip-layers.js';
import { PatchLinear } from '../../encoders/patch-linear.js';
import { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { stack } from '../../stack.js';
import { axialRotation, sectionedRotation } from '../qwen-vl/rotation.js';
import { QwenVisionBlock } from '../qwen-vl/vision.js';
const EPS = 1e-6;
class VisionMlp extends Module {
    c;
    linear_fc1;
    linear_fc2;
    constructor(c) {
        super();
        this.c = c;
        this.linear_fc1 = new Linear(c.hidden_size, c.intermediate_size);
        this.linear_fc2 = new Linear(c.intermediate_size, c.hidden_size);
    }
    forward(x) {
        return this.trace(() => this.linear_fc2.forward(activations[this.c.hidden_act](this.linear_fc1.forward(x))));
    }
}
/** Squares of patches to the width of the language model; `late`: normalized as squares. */
class PatchMerger extends Module {
    late;
    norm;
    linear_fc1;
    linear_fc2;
    constructor(c, late) {
        super();
        this.late = late;
        const inner = c.hidden_size * c.spatial_merge_size ** 2;
        this.norm = new LayerNorm(late ? inner : c.hidden_size, EPS);
        this.linear_fc1 = new Linear(inner, inner);
        this.linear_fc2 = new Linear(inner, c.out_hidden_size);
    }
    /** x: [frames, merge² groups, width] -> [frames * groups, out]. */
    forward(x) {
        return this.trace(() => {
            const squares = (y) => y.reshape([-1, this.linear_fc1.inputs]);
            const normed = this.late ? this.norm.forward(squares(x)) : squares(this.norm.forward(x));
            return this.linear_fc2.forward(gelu(this.linear_fc1.forward(normed)));
        });
    }
}
class PatchEmbed extends Module {
    proj;
    constructor(c) {
        super();
        this.proj = new PatchLinear([3, c.temporal_patch_size, c.patch_size, c.patch_size], c.hidden_size, { bias: true });
    }
}
/** Qwen3VLVisionModel. */
export class Qwen3Vision extends Module {
    c;
    patch_embed;
    pos_embed;
    blocks;
    merger;
    deepstack_merger_list;
    constructor(c) {
        super();
        this.c = c;
        const { hidden_size: width, num_heads: heads } = c;
        this.patch_embed = new PatchEmbed(c);
        this.pos_embed = new Embedding(c.num_position_embeddings, width);
        const norm = (w) => new LayerNorm(w, EPS);
        this.blocks = stack(c.depth, () => new QwenVisionBlock({ width, heads, norm, mlp: () => new VisionMlp(c) }));
        this.merger = new PatchMerger(c, false);
        this.deepstack_merger_list = c.deepstack_visual_indexes.map(() => new PatchMerger(c, true));
    }
    /**
     * Declares the inputs of one image or video and returns what comes out of the last layer and, behind it, of those for DeepStack in their
     * order: [frames, groups * merge², (1 + k) * width]. A group is a square of merge x merge patches.
     * patches: [frames, groups, merge² * values of a patch]; places: int32 [2, frames, groups * merge²], row and column of each patch;
     * position_taps: int32 [groups * merge², 4] and position_weights, the learned positions that each is a mean of.
     */
    encode() {
        const { spatial_merge_size: merge, temporal_patch_size: times, patch_size: p, hidden_size: width, num_heads: heads } = this.c;
        const n = `${merge ** 2}*groups`;
        const values = 3 * times * p * p;
        const patches = input('patches', ['frames', 'groups', merge ** 2 * values]).reshape(['frames', n, values]);
        const places = input('places', [2, 'frames', n], 'int32');
        const taps = input('position_taps', [n, 4], 'int32');
        const weights = input('position_weights', [n, 4]);
        return this.trace(() => {
            const rotation = axialRotation({ head_dim: width / heads, rope_theta: this.c.rope_theta }, places);
            const positions = gather(this.pos_embed.weight, taps.reshape([-1])).reshape([n, 4, width]);
            let x = this.patch_embed.proj.forward(patches).add(positions.mul(weights.reshape([n, 4, 1])).sum(1));
            const deep = [];
            for (const [i, block] of this.blocks.entries()) {
                x = block.forward(x, rotation, undefined);
                if (this.c.deepstack_visual_indexes.includes(i))
                    deep.push(x);
            }
            return concat([x, ...deep], 2);
        });
    }
    /** What `encode` gave -> [frames * groups, (1 + k) * out]. */
    merge(states) {
        const { hidden_size: width, deepstack_visual_indexes: layers } = this.c;
        const inOrder = [...layers].sort((a, b) => a - b).map((layer) => this.deepstack_merger_list[layers.indexOf(layer)]);
        const each = [this.merger, ...inOrder].map((merger, i) => merger.forward(states.slice({ axis: 2, start: i * width, end: (i + 1) * width })));
        return concat(each, 1);
    }
}
/** A Qwen3 whose tokens turn by three positions: int32 [3, batch, n], the input `positions` over caches. */
export class Qwen3VlDecoder extends CausalDecoder {
    deep;
    positionKinds = 3;
    constructor(config, 
    /** Layers after which rows of media are added. */
    deep) {
        super(config, { qkvBias: config.attention_bias, outBias: config.attention_bias, qkNorm: true });
        this.deep = deep;
    }
    get rowWidth() {
        return (1 + this.deep) * this.width;
    }
    /** Of x wider than the layers, [batch, n, k * width], the parts behind the first are added after the first layers (DeepStack; Meng et al. 2024). */
    hidden(x, strategy, options = {}) {
        const parts = x.size(2) / this.width;
        if (parts === 1)
            return super.hidden(x, strategy, options);
        const part = (i) => x.slice({ axis: 2, start: i * this.width, end: (i + 1) * this.width });
        const deeper = (h, layer) => (layer + 1 < parts ? h.add(part(layer + 1)) : h);
        return this.trace(() => super.hidden(part(0), strategy, options, deeper));
    }
    /** Angles for positions int32 [3, batch, n]. */
    rotation(positions) {
        return sectionedRotation(this.config, positions, this.config.mrope_section, true);
    }
    wholeSequence(batch, n, options = {}) {
        const { positions, rotation = positions?.shape.length === 3 ? this.rotation(positions) : undefined } = options;
        return super.wholeSequence(batch, n, { ...options, rotation });
    }
    overCache(capacity) {
        return super.overCache(capacity, this.rotation(input('positions', [this.positionKinds, 'batch', 'seq'], 'int32')));
    }
}
/** The network; one run of the vision program takes an image, or the frames of a video. */
export class Qwen3Vl extends MultimodalNetwork {
    config;
    visual;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        const { vision_config: v, text_config: t, tie_word_embeddings } = config;
        this.visual = new Qwen3Vision(v);
        this.language_model = new Qwen3VlDecoder({ ...t, tie_word_embeddings }, v.deepstack_visual_indexes.length);
        this.nameParameters();
    }
    words(ids) {
        const { width, rowWidth } = this.language_model;
        const words = super.words(ids);
        return rowWidth === width ? words : concat([words, zeros([...ids.shape, rowWidth - width])], 2);
    }
    tower() {
        return [this.visual.patch_embed, this.visual.pos_embed, ...this.visual.blocks];
    }
    encode() {
        return this.visual.encode();
    }
    connect(tokens) {
        return this.visual.merge(tokens);
    }
}
//# sourceMappingURL=network.js.map