// The vision tower of BLIP-2 and InstructBLIP (EVA-CLIP's ViT-g): CLIP's layers with queries, keys and values in one projection.

import { z } from 'zod';
import { concat, Parameter, split, type Tensor } from '../../graph/index.js';
import { Conv2d, init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { divides, wrongField } from '../parse-config.js';
import type { Encoder } from '../parts.js';
import { ClipEncoder, type TowerAttention } from './clip-layers.js';

const size = z.number().int().positive();

/** `vision_config` of Blip2Config and InstructBlipConfig. */
export const blipVisionConfig = z
  .object({
    model_type: z.enum(['blip_2_vision_model', 'instructblip_vision_model']).default('blip_2_vision_model'),
    hidden_size: size.default(1408),
    intermediate_size: size.default(6144),
    num_hidden_layers: size.default(39),
    num_attention_heads: size.default(16),
    image_size: size.default(224),
    patch_size: size.default(14),
    hidden_act: z.enum(['quick_gelu', 'gelu', 'gelu_pytorch_tanh']).default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-6),
    qkv_bias: z.boolean().default(true),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'))
  .superRefine((c, context) => {
    if (c.patch_size > c.image_size) wrongField(context, 'patch_size', `at most image_size (${c.image_size})`, c.patch_size);
  });
export type BlipVisionConfig = z.infer<typeof blipVisionConfig>;

class FusedAttention extends Module implements TowerAttention {
  qkv: Linear;
  projection: Linear;
  constructor(private readonly c: BlipVisionConfig) {
    super();
    this.qkv = new Linear(c.hidden_size, 3 * c.hidden_size, { bias: c.qkv_bias });
    this.projection = new Linear(c.hidden_size, c.hidden_size, { init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const w = this.c.hidden_size;
      const [q, k, v] = split(this.qkv.forward(x), [w, w, w], -1) as [Tensor, Tensor, Tensor];
      return this.projection.forward(multiHead(q, k, v, { heads: this.c.num_attention_heads, mask }));
    });
  }
}

class BlipVisionEmbeddings extends Module {
  class_embedding: Parameter;
  patch_embedding: Conv2d;
  position_embedding: Parameter;
  constructor(
    private readonly c: BlipVisionConfig,
    private readonly patches: number,
  ) {
    super();
    this.class_embedding = new Parameter([1, 1, c.hidden_size], init.normal(0.02));
    this.patch_embedding = new Conv2d(3, c.hidden_size, c.patch_size, { stride: c.patch_size });
    this.position_embedding = new Parameter([1, patches + 1, c.hidden_size], init.normal(0.02));
  }
  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const [b, w] = [pixels.dim(0), this.c.hidden_size];
      const patches = this.patch_embedding.forward(pixels).reshape([b, w, this.patches]).transpose([0, 2, 1]);
      return concat([this.class_embedding.expand([b, 1, w]), patches], 1).add(this.position_embedding);
    });
  }
}

/** Blip2VisionModel and InstructBlipVisionModel: the normalised class token and patch tokens of the last layer. */
export class BlipVision extends Module implements Encoder {
  embeddings: BlipVisionEmbeddings;
  encoder: ClipEncoder;
  post_layernorm: LayerNorm;
  constructor(readonly config: BlipVisionConfig) {
    super();
    this.embeddings = new BlipVisionEmbeddings(config, this.tokenCount - 1);
    this.encoder = new ClipEncoder(config, { attention: () => new FusedAttention(config) });
    this.post_layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
  }
  get width(): number {
    return this.config.hidden_size;
  }
  get tokenCount(): number {
    return Math.floor(this.config.image_size / this.config.patch_size) ** 2 + 1;
  }
  /** pixels: [batch, 3, size, size] -> [batch, tokenCount, width], the class token first. */
  tokens(pixels: Tensor): Tensor {
    return this.trace(() => this.post_layernorm.forward(this.encoder.states(this.embeddings.forward(pixels)).at(-1) as Tensor));
  }
}
