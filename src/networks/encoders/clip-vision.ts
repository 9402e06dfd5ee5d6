// The CLIP vision tower: embeddings of patches, a transformer, and the differences of EVA-CLIP as options.

import { z } from 'zod';
import { concat, gelu, Parameter, type Tensor } from '../../graph/index.js';
import type { HeightWidth } from '../../media/index.js';
import { Conv2d, Embedding, init, LayerNorm, Module } from '../../nn/index.js';
import { divides } from '../parse-config.js';
import type { VisionTower } from '../parts.js';
import { ClipEncoder, PatchEmbedding, towerActivation } from './clip-layers.js';
import { evaConfig, evaParts } from './eva-layers.js';
import { resizeGrid } from './interpolate.js';

const size = z.number().int().positive();

/** `vision_config` of CLIPModel, with the defaults of its class. `stem_*` and `eva` are ours (model_type says so): strided 3x3 convolutions in place of the patch embedding, with a norm over channels between them; the layers of EVA-CLIP. */
export const clipVisionConfig = z
  .object({
    model_type: z.enum(['clip_vision_model', 'sensorium_clip_vision_model']).default('clip_vision_model'),
    hidden_size: size.default(768),
    intermediate_size: size.default(3072),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(12),
    image_size: size.default(224),
    patch_size: size.default(32),
    num_channels: z.literal(3).default(3),
    hidden_act: towerActivation.default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    projection_dim: size.optional(),
    stem_channels: z.array(size).optional(),
    stem_norm: z.boolean().optional(),
    eva: evaConfig.optional(),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'));
export type ClipVisionConfig = z.infer<typeof clipVisionConfig>;

/** Patches on a side. Pixels beyond the last whole patch are not seen. */
const sideOf = (c: ClipVisionConfig): number => Math.floor(c.image_size / c.patch_size);

/** Rows and columns of patches of a picture. A stem rounds up. */
export function gridOf({ patch_size: patch, stem_channels: stem }: ClipVisionConfig, size: HeightWidth): [number, number] {
  return size.map((n) => (stem ? Math.ceil(n / patch) : Math.floor(n / patch))) as [number, number];
}

/** Patches (or a small convolutional stem), a class token, learned positions. */
class ClipVisionEmbeddings extends Module {
  class_embedding: Parameter;
  patch_embedding?: PatchEmbedding;
  /** Xiao et al. 2021: early convolutions help transformers see better. */
  stem?: Conv2d[];
  stem_norm?: LayerNorm[];
  position_embedding: Embedding;
  constructor(private readonly c: ClipVisionConfig) {
    super();
    this.class_embedding = new Parameter([c.hidden_size], init.normal(0.02));
    if (c.stem_channels) {
      const channels = [3, ...c.stem_channels, c.hidden_size];
      this.stem = channels.slice(1).map((out, i) => new Conv2d(channels[i] as number, out, 3, { stride: 2, padding: 1 }));
      if (c.stem_norm) this.stem_norm = c.stem_channels.map((n) => new LayerNorm(n, c.layer_norm_eps));
    } else this.patch_embedding = new PatchEmbedding(c.hidden_size, c.patch_size, { bias: false });
    // Where a patch lies is known from the first step; drawn at random it takes thousands of images to be told from noise.
    this.position_embedding = new Embedding(sideOf(c) ** 2 + 1, c.hidden_size, init.sincos2d);
  }

  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const b = pixels.dim(0);
      const w = this.c.hidden_size;
      const grid = gridOf(this.c, [pixels.size(2), pixels.size(3)]);
      const patches = this.stem
        ? this.convolve(pixels, this.stem)
            .reshape([b, w, grid[0] * grid[1]])
            .transpose([0, 2, 1])
        : (this.patch_embedding as PatchEmbedding).forward(pixels);
      const cls = this.class_embedding.reshape([1, 1, w]).expand([b, 1, w]);
      return concat([cls, patches], 1).add(this.positions(grid));
    });
  }
  /** Those of the class token and of the patches, interpolated for pictures of another size than the tower's. */
  private positions(grid: [number, number]): Tensor {
    const { weight } = this.position_embedding;
    const side = sideOf(this.c);
    if (grid[0] === side && grid[1] === side) return weight;
    return concat([weight.slice({ axis: 0, end: 1 }), resizeGrid(weight.slice({ axis: 0, start: 1 }), [side, side], grid)], 0);
  }
  private convolve(pixels: Tensor, stem: Conv2d[]): Tensor {
    return stem.reduce((x, layer, i) => {
      const y = layer.forward(x);
      if (i === stem.length - 1) return y;
      const norm = this.stem_norm?.[i];
      return gelu(norm ? norm.forward(y.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]) : y);
    }, pixels);
  }
}

/** CLIPVisionModel's inner module. */
export class ClipVision extends Module implements VisionTower {
  readonly classTokens = 1;
  /** Of the pictures that are traced. */
  private grid: readonly [number, number] = [0, 0];
  embeddings: ClipVisionEmbeddings;
  /** Hugging Face's spelling. */
  pre_layrnorm?: LayerNorm;
  encoder: ClipEncoder;
  post_layernorm: LayerNorm;
  constructor(readonly config: ClipVisionConfig) {
    super();
    this.embeddings = new ClipVisionEmbeddings(config);
    if (config.eva?.pre_norm ?? true) this.pre_layrnorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    this.encoder = new ClipEncoder(config, config.eva && evaParts(config, config.eva, { trained: sideOf(config), grid: () => this.grid }));
    this.post_layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
  }
  get width(): number {
    return this.config.hidden_size;
  }
  get side(): number {
    return sideOf(this.config);
  }
  get tokenCount(): number {
    return this.side ** 2;
  }
  /** pixels: [batch, 3, height, width] -> hidden states, each [batch, 1 + patches, width]; positions are interpolated for pictures of another size. */
  states(pixels: Tensor, upTo?: number): Tensor[] {
    return this.trace(() => {
      this.grid = gridOf(this.config, [pixels.size(2), pixels.size(3)]);
      const x = this.embeddings.forward(pixels);
      return this.encoder.states(this.pre_layrnorm?.forward(x) ?? x, undefined, upTo);
    });
  }
  /** The normalised class token and patch tokens of the last layer: [batch, 1 + tokenCount, width]. */
  output(pixels: Tensor): Tensor {
    return this.trace(() => this.post_layernorm.forward(this.states(pixels).at(-1) as Tensor));
  }
}
