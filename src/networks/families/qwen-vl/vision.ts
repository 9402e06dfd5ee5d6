// The vision transformers of Qwen2-VL and Qwen2.5-VL: patches of any grid, rotary positions by row and column, frames apart from each other.

import { z } from 'zod';
import { attention, equal, gelu, input, rotary, split, type Tensor, where } from '../../../graph/index.js';
import { LayerNorm, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../../nn/index.js';
import { ClipMlp } from '../../encoders/clip-layers.js';
import { PatchLinear } from '../../encoders/patch-linear.js';
import { GatedMlp } from '../../language/decoder.js';
import type { Rotation } from '../../language/rope.js';
import { stack } from '../../stack.js';
import { axialRotation } from './rotation.js';

const size = z.number().int().positive();
const shared = {
  depth: size.default(32),
  num_heads: size.default(16),
  in_channels: z.literal(3).default(3),
  patch_size: size.default(14),
  spatial_merge_size: size.default(2),
  temporal_patch_size: size.default(2),
};

/** `vision_config` of Qwen2-VL; `hidden_size` is what comes out. */
export const qwen2VisionConfig = z.object({
  model_type: z.enum(['qwen2_vl_vision', 'qwen2_vl']).default('qwen2_vl_vision'),
  ...shared,
  embed_dim: size.default(1280),
  hidden_size: size.default(3584),
  hidden_act: z.enum(['quick_gelu', 'gelu', 'gelu_pytorch_tanh']).default('quick_gelu'),
  mlp_ratio: z.number().positive().default(4),
});

/** `vision_config` of Qwen2.5-VL. */
export const qwen25VisionConfig = z.object({
  model_type: z.enum(['qwen2_5_vl_vision', 'qwen2_5_vl']).default('qwen2_5_vl_vision'),
  ...shared,
  hidden_size: size.default(3584),
  intermediate_size: size.default(3420),
  hidden_act: z.literal('silu').default('silu'),
  out_hidden_size: size.default(3584),
  tokens_per_second: z.number().positive().default(4),
  window_size: size.default(112),
  fullatt_block_indexes: z.array(z.number().int().nonnegative()).default([7, 15, 23, 31]),
});
export type Qwen2VisionConfig = z.infer<typeof qwen2VisionConfig>;
export type Qwen25VisionConfig = z.infer<typeof qwen25VisionConfig>;

const EPS = 1e-6;
const THETA = 10000;

/** What layers of the generations differ in. */
interface BlockTraits {
  width: number;
  heads: number;
  norm(width: number): LayerNorm | RmsNorm;
  mlp(): Module & { forward(x: Tensor): Tensor };
}

/** What the two generations differ in. */
interface Traits extends BlockTraits {
  patch: readonly [number, number, number];
  merge: number;
  out: number;
  /** Layers that look at the whole frame; undefined for all. */
  full?: readonly number[];
}

class QwenVisionAttention extends Module {
  qkv: Linear;
  proj: Linear;
  constructor(private readonly t: BlockTraits) {
    super();
    this.qkv = new Linear(t.width, 3 * t.width);
    this.proj = new Linear(t.width, t.width);
  }
  forward(x: Tensor, { at, table }: Rotation, mask: Tensor | undefined): Tensor {
    return this.trace(() => {
      const { width, heads } = this.t;
      const [q, k, v] = split(this.qkv.forward(x), [width, width, width], 2).map((part) => splitHeads(part, heads)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      return this.proj.forward(mergeHeads(attention(rotary(q, at, table), rotary(k, at, table), v, { mask })));
    });
  }
}

/** A layer of the encoder. */
export class QwenVisionBlock extends Module {
  norm1: LayerNorm | RmsNorm;
  norm2: LayerNorm | RmsNorm;
  attn: QwenVisionAttention;
  mlp: ReturnType<BlockTraits['mlp']>;
  constructor(t: BlockTraits) {
    super();
    this.norm1 = t.norm(t.width);
    this.norm2 = t.norm(t.width);
    this.attn = new QwenVisionAttention(t);
    this.mlp = t.mlp();
  }
  forward(x: Tensor, rotation: Rotation, mask: Tensor | undefined): Tensor {
    return this.trace(() => {
      const h = x.add(this.attn.forward(this.norm1.forward(x), rotation, mask));
      return h.add(this.mlp.forward(this.norm2.forward(h)));
    });
  }
}

class Gelu extends Module {
  forward(x: Tensor): Tensor {
    return this.trace(() => gelu(x));
  }
}

class PatchMerger extends Module {
  ln_q: LayerNorm | RmsNorm;
  mlp: [Linear, Gelu, Linear];
  constructor(private readonly t: Traits) {
    super();
    const inner = t.width * t.merge ** 2;
    this.ln_q = t.norm(t.width);
    this.mlp = [new Linear(inner, inner), new Gelu(), new Linear(inner, t.out)];
  }
  /** x: [frames, 'merge² groups', width] -> [frames * groups, out]. */
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const grouped = this.ln_q.forward(x).reshape([-1, this.t.width * this.t.merge ** 2]);
      return this.mlp.reduce((y, layer) => layer.forward(y), grouped);
    });
  }
}

class PatchEmbed extends Module {
  proj: PatchLinear;
  constructor(t: Traits) {
    super();
    this.proj = new PatchLinear([3, ...t.patch], t.width, { bias: false });
  }
}

/** Qwen2VisionTransformerPretrainedModel and Qwen2_5_VisionTransformerPretrainedModel. */
export class QwenVision extends Module {
  patch_embed: PatchEmbed;
  blocks: QwenVisionBlock[];
  merger: PatchMerger;
  constructor(
    private readonly t: Traits,
    depth: number,
  ) {
    super();
    this.patch_embed = new PatchEmbed(t);
    this.blocks = stack(depth, () => new QwenVisionBlock(t));
    this.merger = new PatchMerger(t);
  }

  /** Values of one patch: channels, times, rows and columns. */
  get patchValues(): number {
    return 3 * this.t.patch.reduce((a, b) => a * b, 1);
  }

  /**
   * Declares the inputs of one image or video and returns its tokens: [frames, groups * merge², width]. A group is a square of merge x merge patches.
   * patches: [frames, groups, merge² patchValues]; places: int32 [2, frames, groups * merge²], row and column of each patch;
   * windows: int32 [frames, groups * merge²] where the network looks through windows.
   */
  encode(): Tensor {
    const { merge, full } = this.t;
    const n = `${merge ** 2}*groups`;
    const patches = input('patches', ['frames', 'groups', merge ** 2 * this.patchValues]).reshape(['frames', n, this.patchValues]);
    const places = input('places', [2, 'frames', n], 'int32');
    const windows = full && input('windows', ['frames', n], 'int32');
    return this.tokens(patches, places, { within: windows && sameGroup(windows) });
  }

  /** Rows, [frames * groups, out], of what `tokens` takes. */
  rows(...of: Parameters<QwenVision['tokens']>): Tensor {
    return this.merger.forward(this.tokens(...of));
  }

  /**
   * The same from patches [frames, n, patchValues], group by group, and places int [2, frames, n]. Masks are additive, [frames, 1, n, n]:
   * `within` is for the layers that look through windows, `whole` for the others.
   */
  tokens(patches: Tensor, places: Tensor, { within, whole }: { within?: Tensor; whole?: Tensor }): Tensor {
    return this.trace(() => {
      const { width, heads, full } = this.t;
      const rotation = axialRotation({ head_dim: width / heads, rope_theta: THETA }, places);
      let x = this.patch_embed.proj.forward(patches);
      for (const [i, block] of this.blocks.entries()) x = block.forward(x, rotation, full && !full.includes(i) ? within : whole);
      return x;
    });
  }
}

/** The mask under which each patch sees those with its own number. groups: int [frames, n] -> [frames, 1, n, n]. */
export function sameGroup(groups: Tensor): Tensor {
  const [frames, n] = [groups.dim(0), groups.dim(1)];
  return where(equal(groups.reshape([frames, 1, n, 1]), groups.reshape([frames, 1, 1, n])), 0, -1e9);
}

/** The encoder of Qwen2-VL. */
export function qwen2Vision(c: Qwen2VisionConfig): QwenVision {
  const width = c.embed_dim;
  const mlp = {
    hidden_size: width,
    intermediate_size: Math.trunc(width * c.mlp_ratio),
    num_hidden_layers: c.depth,
    hidden_act: c.hidden_act,
  };
  const traits: Traits = {
    width,
    heads: c.num_heads,
    patch: [c.temporal_patch_size, c.patch_size, c.patch_size],
    merge: c.spatial_merge_size,
    out: c.hidden_size,
    norm: (w) => new LayerNorm(w, EPS),
    mlp: () => new ClipMlp(mlp),
  };
  return new QwenVision(traits, c.depth);
}

/** The encoder of Qwen2.5-VL, which looks through windows in most layers. */
export function qwen25Vision(c: Qwen25VisionConfig): QwenVision {
  const traits: Traits = {
    width: c.hidden_size,
    heads: c.num_heads,
    patch: [c.temporal_patch_size, c.patch_size, c.patch_size],
    merge: c.spatial_merge_size,
    out: c.out_hidden_size,
    norm: (w) => new RmsNorm(w, EPS),
    mlp: () => new GatedMlp(c.hidden_size, c.intermediate_size, { bias: true }),
    full: c.fullatt_block_indexes,
  };
  return new QwenVision(traits, c.depth);
}

/** Frames, rows and columns of patches. */
export type Grid = readonly [frames: number, rows: number, columns: number];

/** Where each patch of a grid stands, group by group: rows then columns, [2, frames, rows * columns]. */
export function qwenPlaces([frames, rows, columns]: Grid, merge: number): Int32Array {
  const n = rows * columns;
  const out = new Int32Array(2 * frames * n);
  let i = 0;
  for (let r = 0; r < rows; r += merge)
    for (let c = 0; c < columns; c += merge)
      for (let y = 0; y < merge; y++)
        for (let x = 0; x < merge; x++, i++)
          for (let f = 0; f < frames; f++) {
            out[f * n + i] = r + y;
            out[(frames + f) * n + i] = c + x;
          }
  return out;
}

/** The window that each patch is in: squares of `side` groups, [frames, rows * columns]. */
export function qwenWindows([frames, rows, columns]: Grid, { merge, side }: { merge: number; side: number }): Int32Array {
  const n = rows * columns;
  const across = Math.ceil(columns / merge / side);
  const places = qwenPlaces([1, rows, columns], merge);
  const windowOf = (i: number): number =>
    Math.floor((places[i] as number) / merge / side) * across + Math.floor((places[n + i] as number) / merge / side);
  return Int32Array.from({ length: frames * n }, (_, i) => windowOf(i % n));
}
