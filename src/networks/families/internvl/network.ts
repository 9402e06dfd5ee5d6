// InternVLForConditionalGeneration: tiles through InternViT, a pixel shuffle, an MLP, and any decoder, a Qwen2 as published.

import { input, type Tensor } from '../../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../../nn/index.js';
import { pixelShuffle } from '../../connectors/mlp.js';
import { activations, type TowerActivation } from '../../encoders/clip-layers.js';
import type { ParameterNames } from '../../family.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { baseLanguageNames, hasPrefix, llavaAttributeNames } from '../../names.js';
import { buildLanguage } from '../language-part.js';
import type { InternVlConfig } from './config.js';
import { InternVlVision } from './vision.js';

class Projector extends Module {
  layer_norm: LayerNorm;
  linear_1: Linear;
  linear_2: Linear;
  constructor(
    inputs: number,
    width: number,
    private readonly activation: TowerActivation,
  ) {
    super();
    this.layer_norm = new LayerNorm(inputs);
    this.linear_1 = new Linear(inputs, width);
    this.linear_2 = new Linear(width, width);
  }
  /** [tiles, n, inputs] -> [tiles, n, width]. */
  project(tokens: Tensor): Tensor {
    return this.trace(() => this.linear_2.forward(activations[this.activation](this.linear_1.forward(this.layer_norm.forward(tokens)))));
  }
}

/** The network; one run of `see` takes all tiles of an image, or all frames of a video. */
export class InternVl extends MultimodalNetwork {
  vision_tower: InternVlVision;
  multi_modal_projector: Projector;
  language_model: CausalDecoder;
  constructor(readonly config: InternVlConfig) {
    super();
    const { vision_config: v, text_config: text, tie_word_embeddings } = config;
    this.vision_tower = new InternVlVision(v);
    this.multi_modal_projector = new Projector(v.hidden_size * this.shuffle ** 2, text.hidden_size, config.projector_hidden_act);
    this.language_model = buildLanguage({ ...text, tie_word_embeddings });
    this.nameParameters();
  }
  /** Side of the square of patches that becomes a token. */
  get shuffle(): number {
    return 1 / this.config.downsample_ratio;
  }
  /** Rows of each tile. */
  get tileTokens(): number {
    return (this.vision_tower.side / this.shuffle) ** 2;
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** pixels: [tiles, 3, size, size] -> [tiles, side², vision width]. */
  override encode(): Tensor {
    const { image_size: size } = this.config.vision_config;
    return this.vision_tower.tokens(input('pixels', ['tiles', 3, size, size]), this.config.vision_feature_layer);
  }
  /** [tiles, side², vision width] -> [tiles * tileTokens, width]. */
  override connect(tokens: Tensor): Tensor {
    return this.multi_modal_projector.project(pixelShuffle(tokens, this.shuffle)).reshape([-1, this.language_model.width]);
  }
}

/** Files name parts as ours do (transformers 4.51), by attributes (later ones), or as those of the base class. */
export function internVlNames(inFile: ReadonlySet<string>): ParameterNames | undefined {
  if (hasPrefix(inFile, 'model.language_model.')) return llavaAttributeNames;
  return hasPrefix(inFile, 'language_model.layers.') ? baseLanguageNames : undefined;
}
