// PixArt's transformer: image patches that attend to each other and to the rows of a condition, their norms shifted and scaled by the time.

import {
  concat,
  constant,
  cos,
  type Dim,
  geluTanh,
  type Initializer,
  layerNorm,
  Parameter,
  silu,
  sin,
  type Tensor,
} from '../../graph/index.js';
import { init, Linear, Module, multiHead } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { stack } from '../stack.js';

/** Sizes under the names of the config of diffusers' PixArtTransformer2DModel. */
export interface PixArtConfig {
  /** Pixels and channels of the images, and of a patch, on a side. */
  sample_size: number;
  in_channels: number;
  patch_size: number;
  num_layers: number;
  num_attention_heads: number;
  attention_head_dim: number;
  /** Width of a row of the condition. */
  caption_channels: number;
}

const EPS = 1e-6;

/** The width of the transformer. */
export const pixartWidth = (c: PixArtConfig): number => c.num_attention_heads * c.attention_head_dim;

/** LayerNorm without weights: the time gives them. */
function norm(x: Tensor): Tensor {
  const width = x.size(x.rank - 1);
  const all = (value: number): Tensor => constant(hostTensor('float32', [width], new Float32Array(width).fill(value)));
  return layerNorm(x, all(1), all(0), EPS);
}

/** Patches of an image, row by row, the channels of each pixel together: [batch, c, H, W] -> [batch, (H/p)(W/p), p p c]. */
export function imagePatches(x: Tensor, p: number): Tensor {
  const [batch, c] = [x.dim(0), x.size(1)];
  const [h, w] = [x.size(2) / p, x.size(3) / p];
  return x
    .reshape([batch, c, h, p, w, p])
    .transpose([0, 2, 4, 3, 5, 1])
    .reshape([batch, h * w, p * p * c]);
}

/** The inverse of `imagePatches` for square images: [batch, side², p p c] -> [batch, c, side p, side p]. */
export function patchesImage(x: Tensor, p: number): Tensor {
  const side = Math.sqrt(x.size(1));
  const c = x.size(2) / (p * p);
  return x
    .reshape([x.dim(0), side, side, p, p, c])
    .transpose([0, 5, 1, 3, 2, 4])
    .reshape([x.dim(0), c, side * p, side * p]);
}

/** Sines and cosines of the columns of a square grid, then of its rows (He et al. 2022): [1, side², width]. */
function positions(width: number, side: number): Tensor {
  const waves = width / 4;
  const table = hostTensor('float32', [1, side * side, width]);
  for (let cell = 0; cell < side * side; cell++)
    [cell % side, Math.floor(cell / side)].forEach((place, axis) => {
      for (let k = 0; k < waves; k++) {
        const angle = place / 10_000 ** (k / waves);
        const at = cell * width + axis * 2 * waves + k;
        table.data[at] = Math.sin(angle);
        table.data[at + waves] = Math.cos(angle);
      }
    });
  return constant(table);
}

/** Waves of a time before it is embedded. */
const WAVES = 128;

/** Cosines and sines of times from 0 to 1000: [batch] -> [batch, 256] (Vaswani et al. 2017). */
function timeWaves(time: Tensor): Tensor {
  const frequencies = Float32Array.from({ length: WAVES }, (_, k) => 10_000 ** (-k / WAVES));
  const angles = time.reshape([-1, 1]).mul(constant(hostTensor('float32', [1, WAVES], frequencies)));
  return concat([cos(angles), sin(angles)], 1);
}

class TimestepEmbedder extends Module {
  linear_1: Linear;
  linear_2: Linear;
  constructor(width: number) {
    super();
    this.linear_1 = new Linear(2 * WAVES, width);
    this.linear_2 = new Linear(width, width);
  }
  forward(time: Tensor): Tensor {
    return this.trace(() => this.linear_2.forward(silu(this.linear_1.forward(timeWaves(time)))));
  }
}

class TimeEmbeddings extends Module {
  timestep_embedder: TimestepEmbedder;
  constructor(width: number) {
    super();
    this.timestep_embedder = new TimestepEmbedder(width);
  }
}

/** One network from the time to the shifts, scales and gates of all blocks, to which each adds a table of its own (adaLN-single). */
class AdaLayerNormSingle extends Module {
  emb: TimeEmbeddings;
  linear: Linear;
  constructor(width: number) {
    super();
    this.emb = new TimeEmbeddings(width);
    this.linear = new Linear(width, 6 * width, { init: init.zeros });
  }
  /** time: [batch] -> `all` [batch, 6 width], `embedded` [batch, width]. */
  forward(time: Tensor): { all: Tensor; embedded: Tensor } {
    return this.trace(() => {
      const embedded = this.emb.timestep_embedder.forward(time);
      return { all: this.linear.forward(silu(embedded)), embedded };
    });
  }
}

/** Attention under diffusers' names. */
class PixArtAttention extends Module {
  to_q: Linear;
  to_k: Linear;
  to_v: Linear;
  to_out: Linear[];
  constructor(
    private readonly c: PixArtConfig,
    outInit: Initializer,
  ) {
    super();
    const width = pixartWidth(c);
    this.to_q = new Linear(width, width);
    this.to_k = new Linear(width, width);
    this.to_v = new Linear(width, width);
    this.to_out = [new Linear(width, width, { init: outInit })];
  }
  /** x: [batch, n, width] attends to rows [batch, m, width]. */
  forward(x: Tensor, rows: Tensor): Tensor {
    return this.trace(() => {
      const heads = { heads: this.c.num_attention_heads };
      return (this.to_out[0] as Linear).forward(multiHead(this.to_q.forward(x), this.to_k.forward(rows), this.to_v.forward(rows), heads));
    });
  }
}

/** The first half of diffusers' feed-forward. */
class Projected extends Module {
  proj: Linear;
  constructor(width: number) {
    super();
    this.proj = new Linear(width, 4 * width);
  }
}

class FeedForward extends Module {
  /** [0], then [2]: between them stands a dropout, which has no parameters. */
  net: (Module | undefined)[];
  constructor(width: number, outInit: Initializer) {
    super();
    this.net = [new Projected(width), undefined, new Linear(4 * width, width, { init: outInit })];
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => (this.net[2] as Linear).forward(geluTanh((this.net[0] as Projected).proj.forward(x))));
  }
}

/** Gates begin at 1 and shifts and scales at 0: a plain pre-norm block. Rows: shift, scale, gate of attention, then of the feed-forward. */
const plainTable: Initializer = (data, shape) => {
  const width = shape[1] as number;
  data.fill(0);
  for (const gate of [2, 5]) data.fill(1, gate * width, (gate + 1) * width);
};

class PixArtBlock extends Module {
  scale_shift_table: Parameter;
  attn1: PixArtAttention;
  attn2: PixArtAttention;
  ff: FeedForward;
  constructor(c: PixArtConfig) {
    super();
    const width = pixartWidth(c);
    const outInit = init.fanIn(1 / Math.sqrt(3 * c.num_layers));
    this.scale_shift_table = new Parameter([6, width], plainTable);
    this.attn1 = new PixArtAttention(c, outInit);
    this.attn2 = new PixArtAttention(c, outInit);
    this.ff = new FeedForward(width, outInit);
  }
  /** x: [batch, n, width]; time: [batch, 6 width]; rows: [batch, m, width]. */
  forward(x: Tensor, time: Tensor, rows: Tensor): Tensor {
    return this.trace(() => {
      const width = x.size(2);
      const moved = time.reshape([-1, 6, width]).add(this.scale_shift_table);
      const [shift1, scale1, gate1, shift2, scale2, gate2] = Array.from({ length: 6 }, (_, i) =>
        moved.slice({ axis: 1, start: i, end: i + 1 }),
      ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
      const first = norm(x).mul(scale1.add(1)).add(shift1);
      const h = x.add(this.attn1.forward(first, first).mul(gate1));
      const told = h.add(this.attn2.forward(h, rows));
      const second = norm(told).mul(scale2.add(1)).add(shift2);
      return told.add(this.ff.forward(second).mul(gate2));
    });
  }
}

/** A patch convolution as one product, and the positions of the grid. */
class PixArtPatches extends Module {
  proj: PatchProjection;
  constructor(private readonly c: PixArtConfig) {
    super();
    this.proj = new PatchProjection(c);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.proj.forward(x).add(positions(pixartWidth(this.c), this.c.sample_size / this.c.patch_size)));
  }
}

/** Conv2d of size and stride `patch`: weight [width, c, p, p]. */
class PatchProjection extends Module {
  weight: Parameter;
  bias: Parameter;
  constructor(private readonly c: PixArtConfig) {
    super();
    const width = pixartWidth(c);
    this.weight = new Parameter([width, c.in_channels, c.patch_size, c.patch_size], init.fanIn());
    this.bias = new Parameter([width], init.zeros);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const last = this.weight.transpose([2, 3, 1, 0]).reshape([-1, pixartWidth(this.c)]);
      return imagePatches(x, this.c.patch_size).matMul(last).add(this.bias);
    });
  }
}

class CaptionProjection extends Module {
  linear_1: Linear;
  linear_2: Linear;
  constructor(inputs: number, width: number) {
    super();
    this.linear_1 = new Linear(inputs, width);
    this.linear_2 = new Linear(width, width);
  }
  forward(rows: Tensor): Tensor {
    return this.trace(() => this.linear_2.forward(geluTanh(this.linear_1.forward(rows))));
  }
}

/** PixArtTransformer2DModel (Chen et al. 2023, arXiv:2310.00426): a diffusion transformer (Peebles and Xie 2023) with cross-attention to text. */
export class PixArtTransformer extends Module {
  scale_shift_table: Parameter;
  pos_embed: PixArtPatches;
  transformer_blocks: PixArtBlock[];
  proj_out: Linear;
  adaln_single: AdaLayerNormSingle;
  caption_projection: CaptionProjection;
  constructor(readonly config: PixArtConfig) {
    super();
    const width = pixartWidth(config);
    this.pos_embed = new PixArtPatches(config);
    this.transformer_blocks = stack(config.num_layers, () => new PixArtBlock(config));
    this.scale_shift_table = new Parameter([2, width], init.zeros);
    this.proj_out = new Linear(width, config.patch_size ** 2 * config.in_channels, { init: init.normal(0.02) });
    this.adaln_single = new AdaLayerNormSingle(width);
    this.caption_projection = new CaptionProjection(config.caption_channels, width);
  }

  /**
   * x: [batch, c, size, size], time: [batch] from 0 to 1000, rows of the condition: [batch, m, caption_channels] -> a value for each value of
   * each patch, in the order of `imagePatches`: [batch, n, p p c].
   */
  forward(x: Tensor, time: Tensor, rows: Tensor): Tensor {
    return this.trace(() => {
      const { all, embedded } = this.adaln_single.forward(time);
      const told = this.caption_projection.forward(rows);
      const h = this.transformer_blocks.reduce((y, block) => block.forward(y, all, told), this.pos_embed.forward(x));
      const width = embedded.size(1);
      const moved = embedded.reshape([embedded.dim(0) as Dim, 1, width]).add(this.scale_shift_table);
      const part = (i: number): Tensor => moved.slice({ axis: 1, start: i, end: i + 1 });
      return this.proj_out.forward(norm(h).mul(part(1).add(1)).add(part(0)));
    });
  }
}
