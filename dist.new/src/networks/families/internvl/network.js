// InternVLForConditionalGeneration: tiles through InternViT, a pixel shuffle, an MLP, and any decoder, a Qwen2 as published.
import { input } from '../../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../../nn/index.js';
import { pixelShuffle } from '../../connectors/mlp.js';
import { activations } from '../../encoders/clip-layers.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { baseLanguageNames, hasPrefix, llavaAttributeNames } from '../../names.js';
import { buildLanguage } from '../language-part.js';
import { InternVlVision } from './vision.js';
class Projector extends Module {
    activation;
    layer_norm;
    linear_1;
    linear_2;
    constructor(inputs, width, activation) {
        super();
        this.activation = activation;
        this.layer_norm = new LayerNorm(inputs);
        this.linear_1 = new Linear(inputs, width);
        this.linear_2 = new Linear(width, width);
    }
    /** [tiles, n, inputs] -> [tiles, n, width]. */
    project(tokens) {
        return this.trace(() => this.linear_2.forward(activations[this.activation](this.linear_1.forward(this.layer_norm.forward(tokens)))));
    }
}
/** The network; one run of `see` takes all tiles of an image, or all frames of a video. */
export class InternVl extends MultimodalNetwork {
    config;
    vision_tower;
    multi_modal_projector;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        const { vision_config: v, text_config: text, tie_word_embeddings } = config;
        this.vision_tower = new InternVlVision(v);
        this.multi_modal_projector = new Projector(v.hidden_size * this.shuffle ** 2, text.hidden_size, config.projector_hidden_act);
        this.language_model = buildLanguage({ ...text, tie_word_embeddings });
        this.nameParameters();
    }
    /** Side of the square of patches that becomes a token. */
    get shuffle() {
        return 1 / this.config.downsample_ratio;
    }
    /** Rows of each tile. */
    get tileTokens() {
        return (this.vision_tower.side / this.shuffle) ** 2;
    }
    tower() {
        return [this.vision_tower];
    }
    /** pixels: [tiles, 3, size, size] -> [tiles, side², vision width]. */
    encode() {
        const { image_size: size } = this.config.vision_config;
        return this.vision_tower.tokens(input('pixels', ['tiles', 3, size, size]), this.config.vision_feature_layer);
    }
    /** [tiles, side², vision width] -> [tiles * tileTokens, width]. */
    connect(tokens) {
        return this.multi_modal_projector.project(pixelShuffle(tokens, this.shuffle)).reshape([-1, this.language_model.width]);
    }
}
/** Files name parts as ours do (transformers 4.51), by attributes (later ones), or as those of the base class. */
export function internVlNames(inFile) {
    if (hasPrefix(inFile, 'model.language_model.'))
        return llavaAttributeNames;
    return hasPrefix(inFile, 'language_model.layers.') ? baseLanguageNames : undefined;
}
//# sourceMappingURL=network.js.map