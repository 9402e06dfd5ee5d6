// Lfm2VlForConditionalGeneration: views of an image at their own shape through SigLIP 2 (NaFlex), squares of patches through an MLP, an LFM2.

import { z } from 'zod';
import { equal, gather, input, type Tensor, where } from '../../../graph/index.js';
import { Embedding, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { isRecord } from '../../../util/records.js';
import { activations, ClipEncoder, towerActivation } from '../../encoders/clip-layers.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { partConfig, wrongField } from '../../parse-config.js';
import { Lfm2, lfm2Config } from '../lfm2/network.js';

const size = z.number().int().positive();

/** `config.json` of Siglip2VisionModel. */
export const siglip2VisionConfig = z
  .object({
    model_type: z.literal('siglip2_vision_model').default('siglip2_vision_model'),
    hidden_size: size.default(768),
    intermediate_size: size.default(3072),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(12),
    num_channels: z.literal(3).default(3),
    patch_size: size.default(16),
    /** Learned positions: a square of them, stretched to the shape of each image. */
    num_patches: size.default(256),
    hidden_act: towerActivation.default('gelu_pytorch_tanh'),
    layer_norm_eps: z.number().positive().default(1e-6),
    /** Of the class alone: nothing here reads the pooled vector, and LFM2-VL's files are without it. */
    vision_use_head: z.literal(false),
  })
  .superRefine((c, context) => {
    if (!Number.isInteger(Math.sqrt(c.num_patches))) wrongField(context, 'num_patches', 'a square number', c.num_patches);
  });
export type Siglip2VisionConfig = z.infer<typeof siglip2VisionConfig>;

/** Older files of LFM2-VL say `tie_embedding`. */
const renamed = (raw: unknown): unknown =>
  isRecord(raw) && raw.tie_embedding !== undefined ? { ...raw, tie_word_embeddings: raw.tie_embedding } : raw;

/** `config.json` of Lfm2VlForConditionalGeneration. */
export const lfm2VlConfig = z.preprocess(
  renamed,
  z
    .object({
      model_type: z.literal('lfm2_vl').default('lfm2_vl'),
      architectures: z.array(z.string()).default(['Lfm2VlForConditionalGeneration']),
      vision_config: partConfig({ siglip2_vision_model: siglip2VisionConfig }, 'siglip2_vision_model'),
      text_config: partConfig({ lfm2: lfm2Config }, 'lfm2', {}),
      image_token_id: z.number().int().nonnegative().default(396),
      projector_hidden_act: towerActivation.default('gelu'),
      projector_hidden_size: size.default(2560),
      projector_bias: z.boolean().default(true),
      projector_use_layernorm: z.boolean().default(true),
      /** Side of the square of patches that becomes a token. */
      downsample_factor: size.default(2),
      tie_word_embeddings: z.boolean().default(true),
    })
    .superRefine((c, context) => {
      const { vocab_size: words } = c.text_config;
      if (c.image_token_id >= words) wrongField(context, 'image_token_id', `an id below vocab_size (${words})`, c.image_token_id);
    }),
);
export type Lfm2VlConfig = z.infer<typeof lfm2VlConfig>;

class Siglip2Embeddings extends Module {
  patch_embedding: Linear;
  position_embedding: Embedding;
  constructor(c: Siglip2VisionConfig) {
    super();
    this.patch_embedding = new Linear(3 * c.patch_size ** 2, c.hidden_size);
    this.position_embedding = new Embedding(c.num_patches, c.hidden_size);
  }
  /** patches: [views, n, p p 3]; positions: [views, n, num_patches], shares of the learned positions. */
  forward(patches: Tensor, positions: Tensor): Tensor {
    return this.trace(() => this.patch_embedding.forward(patches).add(positions.matMul(this.position_embedding.weight)));
  }
}

/** Siglip2VisionModel without its pooling head. */
export class Siglip2Vision extends Module {
  embeddings: Siglip2Embeddings;
  encoder: ClipEncoder;
  post_layernorm: LayerNorm;
  constructor(readonly config: Siglip2VisionConfig) {
    super();
    this.embeddings = new Siglip2Embeddings(config);
    this.encoder = new ClipEncoder(config);
    this.post_layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
  }
  /** `real`: int32 [views, n], 0 for what fills a view up; the others as the embeddings take them -> [views, n, width]. */
  tokens(patches: Tensor, positions: Tensor, real: Tensor): Tensor {
    return this.trace(() => {
      const mask = where(equal(real, 0), -1e9, 0).unsqueeze(1).unsqueeze(1);
      return this.post_layernorm.forward(this.encoder.states(this.embeddings.forward(patches, positions), mask).at(-1) as Tensor);
    });
  }
}

class Projector extends Module {
  layer_norm?: LayerNorm;
  linear_1: Linear;
  linear_2: Linear;
  constructor(private readonly c: Lfm2VlConfig) {
    super();
    const inputs = c.vision_config.hidden_size * c.downsample_factor ** 2;
    const { projector_bias: bias } = c;
    if (c.projector_use_layernorm) this.layer_norm = new LayerNorm(inputs);
    this.linear_1 = new Linear(inputs, c.projector_hidden_size, { bias });
    this.linear_2 = new Linear(c.projector_hidden_size, c.text_config.hidden_size, { bias });
  }
  /** Squares of patches side by side, [rows, inputs] -> [rows, width]. */
  project(squares: Tensor): Tensor {
    return this.trace(() => {
      const normed = this.layer_norm?.forward(squares) ?? squares;
      return this.linear_2.forward(activations[this.c.projector_hidden_act](this.linear_1.forward(normed)));
    });
  }
}

/** The network; one run of `see` takes all views of an image. */
export class Lfm2Vl extends MultimodalNetwork {
  vision_tower: Siglip2Vision;
  multi_modal_projector: Projector;
  language_model: Lfm2;
  constructor(readonly config: Lfm2VlConfig) {
    super();
    this.vision_tower = new Siglip2Vision(config.vision_config);
    this.multi_modal_projector = new Projector(config);
    this.language_model = new Lfm2({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings });
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.vision_tower];
  }
  /**
   * patches: [views, n, p p 3], channels last within a patch, filled up to the most that a view has; positions: [views, n, num_patches];
   * real: int32 [views, n], 0 where a view is filled up -> [views, n, vision width].
   */
  override encode(): Tensor {
    const { patch_size: p, num_patches } = this.config.vision_config;
    const patches = input('patches', ['views', 'n', 3 * p * p]);
    return this.vision_tower.tokens(patches, input('positions', ['views', 'n', num_patches]), input('real', ['views', 'n'], 'int32'));
  }
  /** squares: int32 [rows, factor²], the patches of each row, counted through the views -> [rows, width]. */
  override connect(tokens: Tensor): Tensor {
    const { vision_config: v, downsample_factor: factor } = this.config;
    const squares = input('squares', ['rows', factor ** 2], 'int32');
    const patches = gather(tokens.reshape([-1, v.hidden_size]), squares.reshape([-1]));
    return this.multi_modal_projector.project(patches.reshape(['rows', factor ** 2 * v.hidden_size]));
  }
}
