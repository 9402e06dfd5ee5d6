// Pixtral: images at their own size through a tower with rotary positions, an MLP, and a Mistral.

import { concat, input, type Tensor } from '../../../graph/index.js';
import type { Module } from '../../../nn/index.js';
import { MlpConnector } from '../../connectors/mlp.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { buildLanguage } from '../language-part.js';
import { tiesHead } from '../llava/config.js';
import type { PixtralConfig } from './config.js';
import { PixtralVision } from './vision.js';

/** LlavaForConditionalGeneration with a PixtralVisionModel; one run of `see` takes one image. */
export class Pixtral extends MultimodalNetwork {
  vision_tower: PixtralVision;
  multi_modal_projector: MlpConnector;
  language_model: CausalDecoder;
  constructor(readonly config: PixtralConfig) {
    super();
    const { vision_config: vision, text_config: text, projector_hidden_act: activation, multimodal_projector_bias: bias } = config;
    this.vision_tower = new PixtralVision(vision);
    const inputs = vision.hidden_size * [config.vision_feature_layer].flat().length;
    this.multi_modal_projector = new MlpConnector({ depth: 2, shuffle: 1, activation, bias }, inputs, text.hidden_size);
    this.language_model = buildLanguage({ ...text, tie_word_embeddings: tiesHead(config) });
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** patches: [images, n, 3 p p]; places: int32 [2, images, n], row and column of each -> the chosen states side by side. */
  override encode(): Tensor {
    const { patch_size: p, num_hidden_layers } = this.config.vision_config;
    const patches = input('patches', ['images', 'n', 3 * p * p]);
    const layers = [this.config.vision_feature_layer].flat().map((layer) => (layer < 0 ? num_hidden_layers + 1 + layer : layer));
    const states = this.vision_tower.states(patches, input('places', [2, 'images', 'n'], 'int32'), Math.max(...layers));
    const chosen = layers.map((layer) => states[layer] as Tensor);
    return chosen.length === 1 ? (chosen[0] as Tensor) : concat(chosen, -1);
  }
  /** [images, n, vision width] -> [images * n, width]. */
  override connect(tokens: Tensor): Tensor {
    return this.multi_modal_projector.project(tokens).reshape([-1, this.language_model.width]);
  }
}
