// DaViT (Ding et al. 2022): a pyramid whose blocks attend within windows of the image, then among groups of channels.

import { z } from 'zod';
import { attention, pad, type Tensor } from '../../graph/index.js';
import { Conv2d, LayerNorm, Linear, Module, multiHead, Sequential } from '../../nn/index.js';
import { wrongField } from '../parse-config.js';
import type { Encoder } from '../parts.js';
import { stack } from '../stack.js';
import { activations, towerActivation } from './clip-layers.js';

const size = z.number().int().positive();
const sizes = (values: number[]) => z.array(size).default(values);

/** `vision_config` of Florence2ForConditionalGeneration. The side of the images is that of its image processor; published files do not say it. */
export const davitConfig = z
  .object({
    model_type: z.literal('florence_vision').default('florence_vision'),
    in_channels: z.literal(3).default(3),
    depths: z.array(z.number().int().nonnegative()).default([1, 1, 9, 1]),
    patch_size: sizes([7, 3, 3, 3]),
    patch_stride: sizes([4, 2, 2, 2]),
    patch_padding: z.array(z.number().int().nonnegative()).default([3, 1, 1, 1]),
    patch_prenorm: z.array(z.boolean()).default([false, true, true, true]),
    embed_dim: sizes([128, 256, 512, 1024]),
    num_heads: sizes([4, 8, 16, 32]),
    num_groups: sizes([4, 8, 16, 32]),
    window_size: size.default(12),
    mlp_ratio: z.number().positive().default(4),
    qkv_bias: z.boolean().default(true),
    activation_function: towerActivation.default('gelu'),
    projection_dim: size.default(1024),
    max_temporal_embeddings: size.default(100),
    max_position_embeddings: size.default(50),
    image_size: size.default(768),
  })
  .superRefine((c, context) => {
    const stages = c.embed_dim.length;
    for (const key of ['depths', 'patch_size', 'patch_stride', 'patch_padding', 'patch_prenorm', 'num_heads', 'num_groups'] as const)
      if (c[key].length !== stages) return wrongField(context, key, `one for each of the ${stages} stages`, c[key]);
    for (const key of ['num_heads', 'num_groups'] as const)
      c.embed_dim.forEach((width, stage) => {
        if (width % (c[key][stage] as number) !== 0)
          wrongField(context, `${key}.${stage}`, `a divisor of embed_dim (${width})`, c[key][stage]);
      });
    const side = davitSide(c);
    if (side < 1 || side > c.max_position_embeddings)
      wrongField(context, 'image_size', `a size whose last stage has 1 to ${c.max_position_embeddings} cells on a side`, c.image_size);
  });
export type DavitConfig = z.infer<typeof davitConfig>;

/** Cells on a side of the last stage. */
export function davitSide(c: Pick<DavitConfig, 'image_size' | 'patch_size' | 'patch_stride' | 'patch_padding'>): number {
  return c.patch_size.reduce(
    (side, kernel, i) => Math.floor((side + 2 * (c.patch_padding[i] as number) - kernel) / (c.patch_stride[i] as number)) + 1,
    c.image_size,
  );
}

/** A norm over channels and a strided convolution, in the order that the stage has them. */
class ConvEmbed extends Module {
  conv: Conv2d;
  norm: LayerNorm;
  private readonly before: boolean;
  constructor(c: DavitConfig, stage: number) {
    super();
    const [inputs, width] = [stage === 0 ? c.in_channels : (c.embed_dim[stage - 1] as number), c.embed_dim[stage] as number];
    this.before = c.patch_prenorm[stage] as boolean;
    this.conv = new Conv2d(inputs, width, c.patch_size[stage] as number, {
      stride: c.patch_stride[stage],
      padding: c.patch_padding[stage],
    });
    this.norm = new LayerNorm(this.before ? inputs : width);
  }
  forward(x: Tensor): Tensor {
    const normed = (y: Tensor): Tensor => this.norm.forward(y.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]);
    return this.trace(() => (this.before ? this.conv.forward(normed(x)) : normed(this.conv.forward(x))));
  }
}

class Mlp extends Module {
  fc1: Linear;
  fc2: Linear;
  constructor(
    private readonly c: DavitConfig,
    width: number,
  ) {
    super();
    const inner = Math.floor(width * c.mlp_ratio);
    this.fc1 = new Linear(width, inner);
    this.fc2 = new Linear(inner, width);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.fc2.forward(activations[this.c.activation_function](this.fc1.forward(x))));
  }
}

/** One projection to queries, keys and values, and one behind the attention. */
abstract class Mixing extends Module {
  qkv: Linear;
  proj: Linear;
  constructor(
    protected readonly width: number,
    { qkv_bias: bias }: DavitConfig,
  ) {
    super();
    this.qkv = new Linear(width, 3 * width, { bias });
    this.proj = new Linear(width, width);
  }
  /** x: [batch, h * w, width] of a map of h by w cells -> like x. */
  abstract forward(x: Tensor, h: number, w: number): Tensor;
}

/** Heads attend within windows; the map is filled up with zeros to whole ones, which are attended to as well, as published. */
class WindowMixing extends Mixing {
  private readonly window: number;
  private readonly heads: number;
  constructor(c: DavitConfig, stage: number) {
    super(c.embed_dim[stage] as number, c);
    this.window = c.window_size;
    this.heads = c.num_heads[stage] as number;
  }
  forward(x: Tensor, h: number, w: number): Tensor {
    const { window: s, width } = this;
    return this.trace(() => {
      const [rows, columns] = [Math.ceil(h / s), Math.ceil(w / s)];
      const none: [number, number] = [0, 0];
      const map = pad(x.reshape([-1, h, w, width]), [none, [0, rows * s - h], [0, columns * s - w], none]);
      const windows = map
        .reshape([-1, rows, s, columns, s, width])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([-1, s * s, width]);
      const [q, k, v] = this.qkv.forward(windows).split([width, width, width], 2) as [Tensor, Tensor, Tensor];
      return this.proj
        .forward(multiHead(q, k, v, { heads: this.heads }))
        .reshape([-1, rows, columns, s, s, width])
        .transpose([0, 1, 3, 2, 4, 5])
        .reshape([-1, rows * s, columns * s, width])
        .slice({ axis: 1, end: h })
        .slice({ axis: 2, end: w })
        .reshape(x.shape);
    });
  }
}

/** Channels of a group attend to one another over all cells. */
class ChannelMixing extends Mixing {
  private readonly groups: number;
  constructor(c: DavitConfig, stage: number) {
    super(c.embed_dim[stage] as number, c);
    this.groups = c.num_groups[stage] as number;
  }
  forward(x: Tensor, h: number, w: number): Tensor {
    const { groups, width } = this;
    const n = h * w;
    const each = width / groups;
    return this.trace(() => {
      // [batch, groups, channels, cells] each.
      const [q, k, v] = this.qkv
        .forward(x)
        .split([width, width, width], 2)
        .map((part) => part.reshape([-1, n, groups, each]).transpose([0, 2, 3, 1])) as [Tensor, Tensor, Tensor];
      return this.proj.forward(
        attention(q, k, v, { scale: n ** -0.5 })
          .transpose([0, 3, 1, 2])
          .reshape(x.shape),
      );
    });
  }
}

/** Depthwise convolutions before a mixing and before a feed-forward, each added to what it reads. x: [batch, width, h, w] -> the same. */
class MixingBlock extends Module {
  conv1: Conv2d;
  norm1: LayerNorm;
  conv2: Conv2d;
  norm2: LayerNorm;
  ffn: Mlp;
  constructor(
    c: DavitConfig,
    private readonly width: number,
  ) {
    super();
    const depthwise = { padding: 1, groups: width };
    this.conv1 = new Conv2d(width, width, 3, depthwise);
    this.norm1 = new LayerNorm(width);
    this.conv2 = new Conv2d(width, width, 3, depthwise);
    this.norm2 = new LayerNorm(width);
    this.ffn = new Mlp(c, width);
  }
  protected through(x: Tensor, mixing: Mixing): Tensor {
    return this.trace(() => {
      const [h, w] = [x.size(2), x.size(3)];
      const flat = (y: Tensor): Tensor => y.reshape([-1, this.width, h * w]).transpose();
      const map = (y: Tensor): Tensor => y.transpose().reshape([-1, this.width, h, w]);
      const a = flat(this.conv1.forward(x).add(x));
      const b = map(a.add(mixing.forward(this.norm1.forward(a), h, w)));
      const c = flat(this.conv2.forward(b).add(b));
      return map(c.add(this.ffn.forward(this.norm2.forward(c))));
    });
  }
}

class SpatialBlock extends MixingBlock {
  window_attn: WindowMixing;
  constructor(c: DavitConfig, stage: number) {
    super(c, c.embed_dim[stage] as number);
    this.window_attn = new WindowMixing(c, stage);
  }
  forward(x: Tensor): Tensor {
    return this.through(x, this.window_attn);
  }
}

class ChannelBlock extends MixingBlock {
  channel_attn: ChannelMixing;
  constructor(c: DavitConfig, stage: number) {
    super(c, c.embed_dim[stage] as number);
    this.channel_attn = new ChannelMixing(c, stage);
  }
  forward(x: Tensor): Tensor {
    return this.through(x, this.channel_attn);
  }
}

class Block extends Module {
  spatial_block: SpatialBlock;
  channel_block: ChannelBlock;
  constructor(c: DavitConfig, stage: number) {
    super();
    this.spatial_block = new SpatialBlock(c, stage);
    this.channel_block = new ChannelBlock(c, stage);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.channel_block.forward(this.spatial_block.forward(x)));
  }
}

/** Florence2VisionBackbone. Its tokens are the cells of the last stage, row by row; stochastic depth is that of a trained model, none. */
export class Davit extends Module implements Encoder {
  convs: ConvEmbed[];
  blocks: Sequential[];
  constructor(readonly config: DavitConfig) {
    super();
    this.convs = config.embed_dim.map((_, stage) => new ConvEmbed(config, stage));
    this.blocks = config.depths.map((depth, stage) => new Sequential(...stack(depth, () => new Block(config, stage))));
  }
  get width(): number {
    return this.config.embed_dim.at(-1) as number;
  }
  get tokenCount(): number {
    return davitSide(this.config) ** 2;
  }
  /** pixels: [batch, 3, size, size] -> [batch, side², width]. */
  tokens(pixels: Tensor): Tensor {
    return this.trace(() => {
      const map = this.convs.reduce((h, conv, stage) => (this.blocks[stage] as Sequential).forward(conv.forward(h)), pixels);
      return map.reshape([-1, this.width, this.tokenCount]).transpose();
    });
  }
}
