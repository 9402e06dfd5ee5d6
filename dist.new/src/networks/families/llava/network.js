// LLaVA: hidden states of a vision tower go through a connector into the rows of a language model's prompt (Liu et al. 2023).
import { concat, input } from '../../../graph/index.js';
import { Module } from '../../../nn/index.js';
import { MlpConnector } from '../../connectors/mlp.js';
import { buildVision } from '../../encoders/any-vision.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { buildLanguage } from '../language-part.js';
import { featureTokens, tiesHead } from './config.js';
class Tower extends Module {
    vision_model;
    constructor(c) {
        super();
        this.vision_model = buildVision(c);
    }
}
/** LlavaForConditionalGeneration: every image gives the same number of rows. */
export class LlavaNetwork extends MultimodalNetwork {
    config;
    vision_tower;
    multi_modal_projector;
    language_model;
    constructor(config, 
    /** The MLP of the config by default. */
    connector) {
        super();
        this.config = config;
        const { vision_config: vision, text_config: text, projector_hidden_act: activation, multimodal_projector_bias: bias } = config;
        this.vision_tower = new Tower(vision);
        const [inputs, width] = [vision.hidden_size * [config.vision_feature_layer].flat().length, text.hidden_size];
        this.multi_modal_projector =
            connector?.build(inputs, width, text.vocab_size) ?? new MlpConnector({ depth: 2, shuffle: 1, activation, bias }, inputs, width);
        this.language_model = buildLanguage({ ...text, tie_word_embeddings: tiesHead(config) });
    }
    get vision() {
        return this.vision_tower.vision_model;
    }
    /** Rows that one picture of the tower's size gives. */
    get imageTokens() {
        return this.multi_modal_projector.tokenCount(featureTokens(this.config));
    }
    tower() {
        return [this.vision_tower];
    }
    /** The chosen hidden states side by side: pixels [tiles, 3, size, size] -> [tiles, imageTokens, width * states]. */
    encode(pixels = this.pixels('images')) {
        const { vision_feature_layer, vision_feature_select_strategy, vision_config } = this.config;
        const count = vision_config.num_hidden_layers + 1;
        const layers = [vision_feature_layer].flat().map((layer) => (layer < 0 ? count + layer : layer));
        const states = this.vision.states(pixels, Math.max(...layers));
        const start = vision_feature_select_strategy === 'default' ? 1 : 0;
        const chosen = layers.map((layer) => states[layer].slice({ axis: 1, start }));
        return chosen.length === 1 ? chosen[0] : concat(chosen, -1);
    }
    /** What `encode` gave -> [tiles * imageTokens, language width]. */
    connect(tokens) {
        return this.multi_modal_projector.project(tokens).reshape([-1, this.language_model.width]);
    }
    /** The input `pixels`: [batch, 3, size, size]. */
    pixels(batch) {
        const size = this.config.vision_config.image_size;
        return input('pixels', [batch, 3, size, size]);
    }
}
//# sourceMappingURL=network.js.map