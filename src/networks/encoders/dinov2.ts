// The DINOv2 tower (Oquab et al. 2023): a vision transformer trained on images alone, with layer scale.

import { z } from 'zod';
import { concat, Parameter, silu, split, type Tensor } from '../../graph/index.js';
import { ClipImageProcessor, type HeightWidth } from '../../media/index.js';
import { init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { divides } from '../parse-config.js';
import { stack } from '../stack.js';
import { activations, PatchEmbedding, towerActivation } from './clip-layers.js';
import { resizeGrid } from './interpolate.js';
import { definePictureEncoder, type PictureNetwork, pictureInput } from './pictures.js';

const size = z.number().int().positive();

/** `config.json` of Dinov2Model. */
export const dinov2Config = z
  .object({
    model_type: z.literal('dinov2').default('dinov2'),
    architectures: z.array(z.string()).default(['Dinov2Model']),
    hidden_size: size.default(768),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(12),
    mlp_ratio: z.number().positive().default(4),
    hidden_act: towerActivation.default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-6),
    image_size: size.default(224),
    patch_size: size.default(14),
    num_channels: z.literal(3).default(3),
    qkv_bias: z.boolean().default(true),
    layerscale_value: z.number().default(1),
    use_swiglu_ffn: z.boolean().default(false),
    use_mask_token: z.boolean().default(true),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'));
export type Dinov2Config = z.infer<typeof dinov2Config>;

class Projection extends Module {
  projection: PatchEmbedding;
  constructor(c: Dinov2Config) {
    super();
    this.projection = new PatchEmbedding(c.hidden_size, c.patch_size);
  }
}

class Dinov2Embeddings extends Module {
  cls_token: Parameter;
  /** Of pretraining. */
  mask_token?: Parameter;
  position_embeddings: Parameter;
  patch_embeddings: Projection;
  constructor(private readonly c: Dinov2Config) {
    super();
    const side = Math.floor(c.image_size / c.patch_size);
    this.cls_token = new Parameter([1, 1, c.hidden_size], init.normal(0.02));
    if (c.use_mask_token) this.mask_token = new Parameter([1, c.hidden_size], init.zeros);
    this.position_embeddings = new Parameter([1, side ** 2 + 1, c.hidden_size], init.normal(0.02));
    this.patch_embeddings = new Projection(c);
  }
  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const { hidden_size: w, image_size, patch_size: patch } = this.c;
      const b = pixels.dim(0);
      const side = Math.floor(image_size / patch);
      const grid: HeightWidth = [Math.floor(pixels.size(2) / patch), Math.floor(pixels.size(3) / patch)];
      const [cls, patches] = [{ end: 1 }, { start: 1 }].map((part) => this.position_embeddings.slice({ axis: 1, ...part })) as [
        Tensor,
        Tensor,
      ];
      const positions = concat([cls, resizeGrid(patches, [side, side], grid)], 1);
      return concat([this.cls_token.expand([b, 1, w]), this.patch_embeddings.projection.forward(pixels)], 1).add(positions);
    });
  }
}

/** Dinov2SelfAttention. */
class Projections extends Module {
  query: Linear;
  key: Linear;
  value: Linear;
  constructor({ hidden_size: w, qkv_bias: bias }: Dinov2Config) {
    super();
    this.query = new Linear(w, w, { bias });
    this.key = new Linear(w, w, { bias });
    this.value = new Linear(w, w, { bias });
  }
}
class Output extends Module {
  dense: Linear;
  constructor(w: number) {
    super();
    this.dense = new Linear(w, w);
  }
}
class Dinov2Attention extends Module {
  attention: Projections;
  output: Output;
  constructor(private readonly c: Dinov2Config) {
    super();
    this.attention = new Projections(c);
    this.output = new Output(c.hidden_size);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const { query, key, value } = this.attention;
      const y = multiHead(query.forward(x), key.forward(x), value.forward(x), { heads: this.c.num_attention_heads });
      return this.output.dense.forward(y);
    });
  }
}

class LayerScale extends Module {
  lambda1: Parameter;
  constructor({ hidden_size, layerscale_value }: Dinov2Config) {
    super();
    this.lambda1 = new Parameter([hidden_size], init.fill(layerscale_value));
  }
}

class Dinov2Mlp extends Module {
  fc1?: Linear;
  fc2?: Linear;
  weights_in?: Linear;
  weights_out?: Linear;
  private readonly inner: number;
  constructor(private readonly c: Dinov2Config) {
    super();
    const { hidden_size: w, mlp_ratio, use_swiglu_ffn: gated } = c;
    const inner = Math.trunc(w * mlp_ratio);
    this.inner = gated ? 8 * Math.floor((Math.trunc((inner * 2) / 3) + 7) / 8) : inner;
    if (gated) {
      this.weights_in = new Linear(w, 2 * this.inner);
      this.weights_out = new Linear(this.inner, w);
    } else {
      this.fc1 = new Linear(w, this.inner);
      this.fc2 = new Linear(this.inner, w);
    }
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      if (!this.weights_in) return (this.fc2 as Linear).forward(activations[this.c.hidden_act]((this.fc1 as Linear).forward(x)));
      const [a, b] = split(this.weights_in.forward(x), [this.inner, this.inner], -1) as [Tensor, Tensor];
      return (this.weights_out as Linear).forward(silu(a).mul(b));
    });
  }
}

class Dinov2Layer extends Module {
  norm1: LayerNorm;
  attention: Dinov2Attention;
  layer_scale1: LayerScale;
  norm2: LayerNorm;
  mlp: Dinov2Mlp;
  layer_scale2: LayerScale;
  constructor(c: Dinov2Config) {
    super();
    this.norm1 = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.attention = new Dinov2Attention(c);
    this.layer_scale1 = new LayerScale(c);
    this.norm2 = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.mlp = new Dinov2Mlp(c);
    this.layer_scale2 = new LayerScale(c);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const h = x.add(this.attention.forward(this.norm1.forward(x)).mul(this.layer_scale1.lambda1));
      return h.add(this.mlp.forward(this.norm2.forward(h)).mul(this.layer_scale2.lambda1));
    });
  }
}

class Dinov2Encoder extends Module {
  layer: Dinov2Layer[];
  constructor(c: Dinov2Config) {
    super();
    this.layer = stack(c.num_hidden_layers, () => new Dinov2Layer(c));
  }
}

/** Dinov2Model. As an encoder, its tokens are the normalized patches of the last layer. */
export class Dinov2 extends Module implements PictureNetwork {
  embeddings: Dinov2Embeddings;
  encoder: Dinov2Encoder;
  layernorm: LayerNorm;
  constructor(readonly config: Dinov2Config) {
    super();
    this.embeddings = new Dinov2Embeddings(config);
    this.encoder = new Dinov2Encoder(config);
    this.layernorm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
  }
  get width(): number {
    return this.config.hidden_size;
  }
  get tokenCount(): number {
    return this.grid[0] * this.grid[1];
  }
  get pictureSize(): HeightWidth {
    return [this.config.image_size, this.config.image_size];
  }
  get grid(): HeightWidth {
    return this.gridAt(this.pictureSize);
  }
  gridAt([height, width]: HeightWidth): HeightWidth {
    const { patch_size: patch } = this.config;
    return [Math.floor(height / patch), Math.floor(width / patch)];
  }
  /** pixels: [batch, 3, height, width] -> the normalized class token and patches, [batch, 1 + patches, width]. */
  output(pixels: Tensor): Tensor {
    return this.trace(() =>
      this.layernorm.forward(this.encoder.layer.reduce((x, layer) => layer.forward(x), this.embeddings.forward(pixels))),
    );
  }
  tokens(pixels: Tensor): Tensor {
    return this.output(pixels).slice({ axis: 1, start: 1 });
  }
  encode(): Tensor {
    return this.tokens(pictureInput(this));
  }
}

/** ImageNet's mean and deviation, by which DINOv2 and ConvNeXt normalize pixels. */
export const imagenetPixels = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

/**
 * A DINOv2 tower as an encoder, by the fields of its config.json.
 * @example mixed({ encoders: [clipVision({…}), dinov2({ hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 2, image_size: 64, patch_size: 8 })] })
 */
export const dinov2 = definePictureEncoder<Dinov2Config, z.input<typeof dinov2Config>>('dinov2', {
  config: dinov2Config,
  network: (config) => new Dinov2(config),
  images: ({ image_size: side }) =>
    ClipImageProcessor.fromConfig({ size: { shortest_edge: side }, crop_size: { height: side, width: side }, ...imagenetPixels }),
});
