// ConvNeXt (Liu et al. 2022): a pyramid of depthwise convolutions, each stage at half the resolution of the one before.

import { z } from 'zod';
import { Parameter, type Tensor } from '../../graph/index.js';
import type { HeightWidth } from '../../media/index.js';
import { Conv2d, init, LayerNorm, Linear, Module } from '../../nn/index.js';
import { wrongField } from '../parse-config.js';
import type { Encoder } from '../parts.js';
import { stack } from '../stack.js';
import { activations, towerActivation } from './clip-layers.js';

const size = z.number().int().positive();

/** `config.json` of ConvNextModel. */
export const convNextConfig = z
  .object({
    model_type: z.literal('convnext').default('convnext'),
    architectures: z.array(z.string()).default(['ConvNextModel']),
    num_channels: z.literal(3).default(3),
    patch_size: size.default(4),
    num_stages: size.default(4),
    hidden_sizes: z.array(size).default([96, 192, 384, 768]),
    depths: z.array(z.number().int().nonnegative()).default([3, 3, 9, 3]),
    hidden_act: towerActivation.default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-12),
    layer_scale_init_value: z.number().default(1e-6),
    image_size: size.default(224),
  })
  .superRefine((c, context) => {
    for (const key of ['hidden_sizes', 'depths'] as const)
      if (c[key].length !== c.num_stages) wrongField(context, key, `one for each of the ${c.num_stages} stages`, c[key]);
  });
export type ConvNextConfig = z.infer<typeof convNextConfig>;

/** LayerNorm over the channels of [batch, channels, h, w]. */
class ChannelNorm extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return super.forward(x.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]);
  }
}

class ConvNextLayer extends Module {
  dwconv: Conv2d;
  layernorm: LayerNorm;
  pwconv1: Linear;
  pwconv2: Linear;
  layer_scale_parameter?: Parameter;
  constructor(
    private readonly c: ConvNextConfig,
    width: number,
  ) {
    super();
    this.dwconv = new Conv2d(width, width, 7, { padding: 3, groups: width });
    this.layernorm = new LayerNorm(width, 1e-6);
    this.pwconv1 = new Linear(width, 4 * width);
    this.pwconv2 = new Linear(4 * width, width);
    if (c.layer_scale_init_value > 0) this.layer_scale_parameter = new Parameter([width], init.fill(c.layer_scale_init_value));
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const h = this.layernorm.forward(this.dwconv.forward(x).transpose([0, 2, 3, 1]));
      const y = this.pwconv2.forward(activations[this.c.hidden_act](this.pwconv1.forward(h)));
      return x.add((this.layer_scale_parameter ? y.mul(this.layer_scale_parameter) : y).transpose([0, 3, 1, 2]));
    });
  }
}

class ConvNextStage extends Module {
  /** A norm and a convolution of stride 2; nothing where neither width nor resolution changes. */
  downsampling_layer: (ChannelNorm | Conv2d)[] = [];
  layers: ConvNextLayer[];
  constructor(c: ConvNextConfig, stage: number) {
    super();
    const width = c.hidden_sizes[stage] as number;
    const before = c.hidden_sizes[Math.max(stage - 1, 0)] as number;
    if (stage > 0) this.downsampling_layer = [new ChannelNorm(before, 1e-6), new Conv2d(before, width, 2, { stride: 2 })];
    this.layers = stack(c.depths[stage] as number, () => new ConvNextLayer(c, width));
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => [...this.downsampling_layer, ...this.layers].reduce((h, part) => part.forward(h), x));
  }
}

class ConvNextEmbeddings extends Module {
  patch_embeddings: Conv2d;
  layernorm: ChannelNorm;
  constructor(c: ConvNextConfig) {
    super();
    const width = c.hidden_sizes[0] as number;
    this.patch_embeddings = new Conv2d(3, width, c.patch_size, { stride: c.patch_size });
    this.layernorm = new ChannelNorm(width, 1e-6);
  }
  forward(pixels: Tensor): Tensor {
    return this.trace(() => this.layernorm.forward(this.patch_embeddings.forward(pixels)));
  }
}

class ConvNextEncoder extends Module {
  stages: ConvNextStage[];
  constructor(c: ConvNextConfig) {
    super();
    this.stages = c.depths.map((_, stage) => new ConvNextStage(c, stage));
  }
}

/** ConvNextModel. As an encoder, its tokens are the cells of the last stage. */
export class ConvNext extends Module implements Encoder {
  embeddings: ConvNextEmbeddings;
  encoder: ConvNextEncoder;
  layernorm: LayerNorm;
  constructor(readonly config: ConvNextConfig) {
    super();
    this.embeddings = new ConvNextEmbeddings(config);
    this.encoder = new ConvNextEncoder(config);
    this.layernorm = new LayerNorm(this.width, config.layer_norm_eps);
  }
  get width(): number {
    return this.config.hidden_sizes.at(-1) as number;
  }
  /** Cells of the last stage for an image of `image_size`. */
  get tokenCount(): number {
    const side = this.encoder.stages.reduce(
      (n, _, stage) => (stage === 0 ? n : Math.floor(n / 2)),
      Math.floor(this.config.image_size / this.config.patch_size),
    );
    return side ** 2;
  }
  /** pixels: [batch, 3, h, w] -> what goes into the first stage, then what comes out of each: [batch, width, h', w']. */
  stages(pixels: Tensor): Tensor[] {
    return this.trace(() => {
      const states = [this.embeddings.forward(pixels)];
      for (const stage of this.encoder.stages) states.push(stage.forward(states.at(-1) as Tensor));
      return states;
    });
  }
  /** The same without what goes into the first: a map for each stage, from the finest to the coarsest (Osprey's res2 to res5). */
  levels(pixels: Tensor): Tensor[] {
    return this.stages(pixels).slice(1);
  }
  /** Widths of the levels. */
  get levelWidths(): readonly number[] {
    return this.config.hidden_sizes;
  }
  /** Rows and columns of a level for pictures of this size. */
  levelGrid([height, width]: HeightWidth, level: number): HeightWidth {
    const along = (n: number): number => {
      let cells = Math.floor(n / this.config.patch_size);
      for (let i = 0; i < level; i++) cells = Math.floor(cells / 2);
      return cells;
    };
    return [along(height), along(width)];
  }
  tokens(pixels: Tensor): Tensor {
    const last = this.stages(pixels).at(-1) as Tensor;
    return last.reshape([last.dim(0), this.width, -1]).transpose([0, 2, 1]);
  }
  /** The last stage -> one vector per image: [batch, width]. */
  pooled(last: Tensor): Tensor {
    return this.trace(() => this.layernorm.forward(last.mean([2, 3])));
  }
}
