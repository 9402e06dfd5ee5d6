// Gemma3ForConditionalGeneration: a SigLIP whose patches are averaged in squares, one projection, and tokens of an image that see each other.

import { z } from 'zod';
import { input, Parameter, type Tensor } from '../../../graph/index.js';
import { init, Module } from '../../../nn/index.js';
import { SiglipVision, siglipVisionConfig } from '../../encoders/siglip-vision.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { partConfig, wrongField } from '../../parse-config.js';
import { GemmaNorm } from '../gemma/network.js';
import { Gemma3Text, gemma3TextConfig } from '../gemma3/network.js';
import { renamedIds } from '../llava/config.js';

const id = z.number().int().nonnegative();

/** `config.json` of Gemma3ForConditionalGeneration. */
export const gemma3Config = z.preprocess(
  renamedIds,
  z
    .object({
      model_type: z.literal('gemma3').default('gemma3'),
      architectures: z.array(z.string()).default(['Gemma3ForConditionalGeneration']),
      vision_config: partConfig({ siglip_vision_model: siglipVisionConfig }, 'siglip_vision_model', {}),
      text_config: partConfig({ gemma3_text: gemma3TextConfig }, 'gemma3_text', {}),
      /** Tokens of an image: a square number. */
      mm_tokens_per_image: z.number().int().positive().default(256),
      image_token_index: id.default(262144),
      boi_token_index: id.default(255999),
      eoi_token_index: id.default(256000),
      tie_word_embeddings: z.boolean().default(true),
    })
    .superRefine((c, context) => {
      const { image_size, patch_size } = c.vision_config;
      const [patches, side] = [Math.floor(image_size / patch_size), Math.sqrt(c.mm_tokens_per_image)];
      if (patches % side !== 0)
        wrongField(context, 'mm_tokens_per_image', `the square of a divisor of the ${patches} patches along a side`, c.mm_tokens_per_image);
      const { vocab_size: words } = c.text_config;
      for (const key of ['image_token_index', 'boi_token_index', 'eoi_token_index'] as const)
        if (c[key] >= words) wrongField(context, key, `an id below vocab_size (${words})`, c[key]);
    }),
);
export type Gemma3Config = z.infer<typeof gemma3Config>;

/** A SigLIP under the name that files have it by. */
export class SiglipTower extends Module {
  vision_model: SiglipVision;
  constructor(c: Gemma3Config['vision_config']) {
    super();
    this.vision_model = new SiglipVision(c);
  }
}

class Projector extends Module {
  mm_input_projection_weight: Parameter;
  mm_soft_emb_norm: GemmaNorm;
  constructor({ vision_config: v, text_config: t }: Gemma3Config) {
    super();
    this.mm_input_projection_weight = new Parameter([v.hidden_size, t.hidden_size], init.normal(1 / Math.sqrt(v.hidden_size)));
    this.mm_soft_emb_norm = new GemmaNorm(v.hidden_size, v.layer_norm_eps);
  }
  /** Patches of a square, [images, patches, vision width] -> [images, side², width], each the mean of a square of them. */
  project(tokens: Tensor, side: number): Tensor {
    return this.trace(() => {
      const [b, n, w] = [tokens.dim(0), tokens.size(1), tokens.size(2)];
      const square = Math.sqrt(n) / side;
      const means = tokens
        .reshape([b, side, square, side, square, w])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([b, side * side, square * square, w])
        .mean(2);
      return this.mm_soft_emb_norm.forward(means).matMul(this.mm_input_projection_weight);
    });
  }
}

/** The network. */
export class Gemma3 extends MultimodalNetwork {
  vision_tower: SiglipTower;
  multi_modal_projector: Projector;
  language_model: Gemma3Text;
  constructor(readonly config: Gemma3Config) {
    super();
    this.vision_tower = new SiglipTower(config.vision_config);
    this.multi_modal_projector = new Projector(config);
    this.language_model = new Gemma3Text({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings }, { reach: 'window' });
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /** pixels: [images, 3, size, size] -> [images, patches, vision width]. */
  override encode(): Tensor {
    const { image_size: size } = this.config.vision_config;
    return this.vision_tower.vision_model.tokens(input('pixels', ['images', 3, size, size]));
  }
  /** [images, patches, vision width] -> [images * mm_tokens_per_image, width]. */
  override connect(tokens: Tensor): Tensor {
    const side = Math.sqrt(this.config.mm_tokens_per_image);
    return this.multi_modal_projector.project(tokens, side).reshape([-1, this.language_model.width]);
  }
}
