// LLaVA: hidden states of a vision tower go through a connector into the rows of a language model's prompt (Liu et al. 2023).

import { concat, input, type Tensor } from '../../../graph/index.js';
import { Module } from '../../../nn/index.js';
import type { ConnectorSpec } from '../../connectors/define.js';
import { MlpConnector } from '../../connectors/mlp.js';
import { buildVision, type VisionConfig } from '../../encoders/any-vision.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import type { Connector, VisionTower } from '../../parts.js';
import type { RegionEncoder } from '../../regions/region-encoder.js';
import { buildLanguage } from '../language-part.js';
import { featureTokens, type LlavaConfig, type LlavaFields, tiesHead } from './config.js';

class Tower extends Module {
  vision_model: VisionTower;
  constructor(c: VisionConfig) {
    super();
    this.vision_model = buildVision(c);
  }
}

/** LlavaForConditionalGeneration: every image gives the same number of rows. `connector`: the MLP of the config by default. */
export class LlavaNetwork<C extends LlavaFields = LlavaConfig> extends MultimodalNetwork {
  vision_tower: Tower;
  multi_modal_projector: Connector;
  language_model: CausalDecoder;
  adapters: RegionEncoder[] = []; // what reads regions of images; empty in the plain model
  constructor(
    readonly config: C,
    connector?: ConnectorSpec,
  ) {
    super();
    const { vision_config: vision, text_config: text, projector_hidden_act: activation, multimodal_projector_bias: bias } = config;
    this.vision_tower = new Tower(vision);
    const [inputs, width] = [vision.hidden_size * [config.vision_feature_layer].flat().length, text.hidden_size];
    this.multi_modal_projector =
      connector?.build(inputs, width, text.vocab_size) ?? new MlpConnector({ depth: 2, shuffle: 1, activation, bias }, inputs, width);
    this.language_model = buildLanguage({ ...text, tie_word_embeddings: tiesHead(config) });
  }
  get vision(): VisionTower {
    return this.vision_tower.vision_model;
  }
  /** Rows that one picture of the tower's size gives. */
  get imageTokens(): number {
    return this.multi_modal_projector.tokenCount(featureTokens(this.config));
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }

  /** The chosen hidden states side by side: pixels [tiles, 3, size, size] -> [tiles, imageTokens, width * states]. */
  override encode(pixels = this.pixels('images')): Tensor {
    const layers = [this.config.vision_feature_layer, this.adapters[0]?.layers ?? []].flat();
    const states = this.vision.states(pixels);
    const start = this.config.vision_feature_select_strategy === 'default' ? 1 : 0;
    const chosen = layers.map((layer) => (states.at(layer) as Tensor).slice({ axis: 1, start }));
    return concat(chosen, -1);
  }
  /** What `encode` gave -> [tiles * imageTokens, language width]. */
  override connect(tokens: Tensor): Tensor {
    const regions = this.adapters[0];
    const rows = this.multi_modal_projector.project(regions?.plain(tokens) ?? tokens);
    return regions?.join(rows, tokens) ?? rows.reshape([-1, this.language_model.width]);
  }
  /** The input `pixels`: [batch, 3, size, size]. */
  protected pixels(batch: string): Tensor {
    const { image_size: size } = this.config.vision_config;
    return input('pixels', [batch, 3, size, size]);
  }
}
