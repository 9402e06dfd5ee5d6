// The SigLIP vision tower (Zhai et al. 2023): patches and learned positions, no class token, pooled by attention.

import { z } from 'zod';
import { Parameter, type Tensor } from '../../graph/index.js';
import type { HeightWidth } from '../../media/index.js';
import { Embedding, init, LayerNorm, Module, MultiheadAttention } from '../../nn/index.js';
import type { VisionTower } from '../parts.js';
import { ClipEncoder, ClipMlp, PatchEmbedding, towerActivation } from './clip-layers.js';
import { resizeGrid } from './interpolate.js';

const size = z.number().int().positive();

/** `config.json` of SiglipVisionModel, and `vision_config` of SiglipModel. */
export const siglipVisionConfig = z.object({
  model_type: z.literal('siglip_vision_model').default('siglip_vision_model'),
  architectures: z.array(z.string()).default(['SiglipVisionModel']),
  hidden_size: size.default(768),
  intermediate_size: size.default(3072),
  num_hidden_layers: size.default(12),
  num_attention_heads: size.default(12),
  num_channels: z.literal(3).default(3),
  image_size: size.default(224),
  patch_size: size.default(16),
  hidden_act: towerActivation.default('gelu_pytorch_tanh'),
  layer_norm_eps: z.number().positive().default(1e-6),
  vision_use_head: z.boolean().default(true),
});
export type SiglipVisionConfig = z.infer<typeof siglipVisionConfig>;

class SiglipVisionEmbeddings extends Module {
  patch_embedding: PatchEmbedding;
  position_embedding: Embedding;
  constructor(private readonly c: SiglipVisionConfig) {
    super();
    this.patch_embedding = new PatchEmbedding(c.hidden_size, c.patch_size);
    this.position_embedding = new Embedding(Math.floor(c.image_size / c.patch_size) ** 2, c.hidden_size);
  }
  /** Positions are interpolated for pictures of another size than the tower's. */
  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const along = (n: number): number => Math.floor(n / this.c.patch_size);
      const side = along(this.c.image_size);
      const grid: HeightWidth = [along(pixels.size(2)), along(pixels.size(3))];
      return this.patch_embedding.forward(pixels).add(resizeGrid(this.position_embedding.weight, [side, side], grid));
    });
  }
}

/** One learned query looks at all tokens. */
class PoolingHead extends Module {
  probe: Parameter;
  attention: MultiheadAttention;
  layernorm: LayerNorm;
  mlp: ClipMlp;
  constructor(private readonly c: SiglipVisionConfig) {
    super();
    this.probe = new Parameter([1, 1, c.hidden_size], init.normal(0.02));
    this.attention = new MultiheadAttention(c.hidden_size, c.num_attention_heads);
    this.layernorm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.mlp = new ClipMlp(c);
  }
  /** x: [batch, n, width] -> [batch, width]. */
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const h = this.attention.forward(this.probe.expand([x.dim(0), 1, this.c.hidden_size]), x);
      return h.add(this.mlp.forward(this.layernorm.forward(h))).squeeze(1);
    });
  }
}

/** SiglipVisionModel's inner module. */
export class SiglipVision extends Module implements VisionTower {
  embeddings: SiglipVisionEmbeddings;
  encoder: ClipEncoder;
  post_layernorm: LayerNorm;
  head?: PoolingHead;
  constructor(readonly config: SiglipVisionConfig) {
    super();
    this.embeddings = new SiglipVisionEmbeddings(config);
    this.encoder = new ClipEncoder(config);
    this.post_layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    if (config.vision_use_head) this.head = new PoolingHead(config);
  }
  get width(): number {
    return this.config.hidden_size;
  }
  get side(): number {
    return Math.floor(this.config.image_size / this.config.patch_size);
  }
  get tokenCount(): number {
    return this.side ** 2;
  }
  get classTokens(): number {
    return 0;
  }
  states(pixels: Tensor, upTo?: number): Tensor[] {
    return this.trace(() => this.encoder.states(this.embeddings.forward(pixels), undefined, upTo));
  }
  /** The normalised tokens of the last layer: [batch, side², width]. */
  tokens(pixels: Tensor): Tensor {
    return this.trace(() => this.post_layernorm.forward(this.states(pixels).at(-1) as Tensor));
  }
  /** What `tokens` gave -> one vector per image: [batch, width]; undefined for a model without the head. */
  pooled(tokens: Tensor): Tensor | undefined {
    return this.trace(() => this.head?.forward(tokens));
  }
}

/** SiglipVisionModel: the tower under the name that files have it by. */
export class SiglipVisionModel extends Module {
  vision_model: SiglipVision;
  constructor(config: SiglipVisionConfig) {
    super();
    this.vision_model = new SiglipVision(config);
  }
}
