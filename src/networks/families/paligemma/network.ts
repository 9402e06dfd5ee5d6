// PaliGemma and PaliGemma 2: a SigLIP, one linear layer, and a Gemma or Gemma 2 that reads image and prompt both ways (a prefix LM).

import { z } from 'zod';
import { input, type Tensor } from '../../../graph/index.js';
import { Linear, Module } from '../../../nn/index.js';
import { siglipVisionConfig } from '../../encoders/siglip-vision.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { partConfig, wrongField } from '../../parse-config.js';
import { Gemma, Gemma2, type Gemma2Config, type GemmaConfig, gemma2Config, gemmaConfig } from '../gemma/network.js';
import { SiglipTower } from '../gemma3-vl/network.js';
import { renamedIds } from '../llava/config.js';

const tower = {
  hidden_size: 1152,
  intermediate_size: 4096,
  num_hidden_layers: 27,
  num_attention_heads: 16,
  patch_size: 14,
  vision_use_head: false,
};
const gemma2b = {
  hidden_size: 2048,
  num_hidden_layers: 18,
  intermediate_size: 16384,
  num_attention_heads: 8,
  num_key_value_heads: 1,
  vocab_size: 257152,
};
const texts: Readonly<Record<string, z.ZodType<GemmaConfig | Gemma2Config>>> = { gemma: gemmaConfig, gemma2: gemma2Config };

/** `config.json` of PaliGemmaForConditionalGeneration. */
export const paliGemmaConfig = z.preprocess(
  renamedIds,
  z
    .object({
      model_type: z.literal('paligemma').default('paligemma'),
      architectures: z.array(z.string()).default(['PaliGemmaForConditionalGeneration']),
      vision_config: partConfig({ siglip_vision_model: siglipVisionConfig }, 'siglip_vision_model', tower),
      text_config: partConfig(texts, 'gemma', gemma2b),
      image_token_index: z.number().int().nonnegative().default(256000),
      /** What the projection gives: the width of the language model. */
      projection_dim: z.number().int().positive().default(2048),
      tie_word_embeddings: z.boolean().default(true),
    })
    .superRefine((c, context) => {
      const { hidden_size: width, vocab_size: words } = c.text_config;
      if (c.projection_dim !== width) wrongField(context, 'projection_dim', `hidden_size of the text model, ${width}`, c.projection_dim);
      if (c.image_token_index >= words) wrongField(context, 'image_token_index', `an id below vocab_size (${words})`, c.image_token_index);
    }),
);
export type PaliGemmaConfig = z.infer<typeof paliGemmaConfig>;

class Projector extends Module {
  linear: Linear;
  constructor(inputs: number, width: number) {
    super();
    this.linear = new Linear(inputs, width);
  }
}

const isGemma2 = (c: GemmaConfig | Gemma2Config): c is Gemma2Config => c.model_type === 'gemma2';

/** The network. */
export class PaliGemma extends MultimodalNetwork {
  vision_tower: SiglipTower;
  multi_modal_projector: Projector;
  language_model: Gemma | Gemma2;
  constructor(readonly config: PaliGemmaConfig) {
    super();
    const { vision_config: v, text_config: t, tie_word_embeddings } = config;
    this.vision_tower = new SiglipTower(v);
    this.multi_modal_projector = new Projector(v.hidden_size, config.projection_dim);
    const both = { reach: 'whole' } as const;
    this.language_model = isGemma2(t) ? new Gemma2({ ...t, tie_word_embeddings }, both) : new Gemma({ ...t, tie_word_embeddings }, both);
    this.nameParameters();
  }
  /** Rows of each image. */
  get imageTokens(): number {
    return this.vision_tower.vision_model.tokenCount;
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** pixels: [images, 3, size, size] -> [images, patches, vision width]. */
  override encode(): Tensor {
    const { image_size: size } = this.config.vision_config;
    return this.vision_tower.vision_model.tokens(input('pixels', ['images', 3, size, size]));
  }
  /** [images, patches, vision width] -> [images * patches, width]. */
  override connect(tokens: Tensor): Tensor {
    return this.multi_modal_projector.linear.forward(tokens).reshape([-1, this.language_model.width]);
  }
}
