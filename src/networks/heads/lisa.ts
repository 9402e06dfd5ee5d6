// LISA's head: the hidden state from which `<SEG>` is predicted becomes the prompt of a mask decoder over features of the image's own.

import { z } from 'zod';
import { constant, gelu, relu, type Tensor } from '../../graph/index.js';
import { Conv2d, LayerNorm, Linear, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { defineAdapter } from '../adapters/registry.js';
import type { EndAdapter } from '../parts.js';
import { stack } from '../stack.js';
import { SamMaskDecoder } from './sam-mask-decoder.js';

/** A depthwise convolution and two layers over the channels, around a residual stream (ConvNeXt's block). */
class StemBlock extends Module {
  dwconv: Conv2d;
  norm: LayerNorm;
  up: Linear;
  down: Linear;
  constructor(width: number) {
    super();
    this.dwconv = new Conv2d(width, width, 5, { padding: 2, groups: width });
    this.norm = new LayerNorm(width);
    this.up = new Linear(width, 2 * width);
    this.down = new Linear(2 * width, width);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const h = this.norm.forward(this.dwconv.forward(x).transpose([0, 2, 3, 1]));
      return x.add(this.down.forward(gelu(this.up.forward(h))).transpose([0, 3, 1, 2]));
    });
  }
}

/** Convolutions in place of SAM's encoder: features at a quarter of the side, and finer ones on the way. */
class Stem extends Module {
  convs: Conv2d[];
  blocks: StemBlock[];
  constructor(width: number, blocks: number) {
    super();
    const channels = [3, width / 8, width / 4, width];
    this.convs = channels.slice(1).map((n, i) => new Conv2d(channels[i] as number, n, 3, { stride: i === 0 ? 1 : 2, padding: 1 }));
    this.blocks = stack(blocks, () => new StemBlock(width));
  }
  /** pixels: [batch, 3, S, S] -> [batch, width, S/4, S/4]; finer: [batch, width/4, S/2, S/2] and [batch, width/8, S, S]. */
  forward(pixels: Tensor): { image: Tensor; finer: readonly [Tensor, Tensor] } {
    return this.trace(() => {
      const [full, half, quarter] = this.convs as [Conv2d, Conv2d, Conv2d];
      const a = gelu(full.forward(pixels));
      const b = gelu(half.forward(a));
      const image = this.blocks.reduce((x, block) => block.forward(x), quarter.forward(b));
      return { image, finer: [b, a] };
    });
  }
}

/** Where the cells of a grid are: sines and cosines of row and column, [1, width, h, w]. */
function places(width: number, height: number, columns: number): Tensor {
  const table = hostTensor('float32', [1, width, height, columns]);
  const waves = Math.floor(width / 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++)
      for (const [axis, at] of [(y + 0.5) / height, (x + 0.5) / columns].entries())
        for (let k = 0; k < waves; k++) {
          const angle = 2 * Math.PI * at * 2 ** (k / 3);
          const put = (channel: number, v: number): void => {
            table.data[(channel * height + y) * columns + x] = v;
          };
          put(axis * 2 * waves + k, Math.sin(angle));
          put(axis * 2 * waves + waves + k, Math.cos(angle));
        }
  return constant(table);
}

/** What a mask head is made with. */
export interface MaskHeadOptions {
  /** The token that stands for a mask. */
  token: string;
  width: number;
  layers: number;
  heads: number;
  blocks: number;
}

/**
 * Masks of what a reply points at (Lai et al. 2023, arXiv:2308.00692): two linear layers from the hidden state that `<SEG>` is predicted from to one
 * prompt, SAM's two-way decoder, and features of the picture at full resolution, here from convolutions that learn with it in place of SAM's ViT-H.
 */
export class MaskHead extends Module implements EndAdapter {
  /** Decoding gives out the states that it reads. */
  readonly readsStates = true;
  text_hidden_fcs: Linear[];
  stem: Stem;
  mask_decoder: SamMaskDecoder;
  constructor(
    width: number,
    readonly options: MaskHeadOptions,
  ) {
    super();
    const { width: w, layers, heads, blocks } = options;
    this.text_hidden_fcs = [new Linear(width, width), new Linear(width, w)];
    this.stem = new Stem(w, blocks);
    this.mask_decoder = new SamMaskDecoder({
      hidden_size: w,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      mlp_dim: 2 * w,
      attention_downsample_rate: 2,
      num_multimask_outputs: 0,
      iou_head_depth: 0,
      iou_head_hidden_dim: 0,
      layer_norm_eps: 1e-6,
    });
  }

  /** Logits of a mask for each state, over the picture: states [n, language width], pixels [n, 3, S, S], S a multiple of 4 -> [n, S, S]. */
  masks(states: Tensor, pixels: Tensor): Tensor {
    return this.trace(() => {
      const [first, second] = this.text_hidden_fcs as [Linear, Linear];
      const prompts = second.forward(relu(first.forward(states))).unsqueeze(1);
      const { image, finer } = this.stem.forward(pixels);
      const at = places(this.options.width, image.size(2), image.size(3));
      const { masks } = this.mask_decoder.forward({ image, places: at, prompts, finer });
      return masks.reshape([states.dim(0), pixels.size(2), pixels.size(3)]);
    });
  }
}

const whole = z.number().int().positive();

/** The head that `stage.masks` trains. The vocabulary needs `token`: `open(MODEL, { adapters: [lisa()], tokens: [SEG_TOKEN] })`. */
export const lisa = defineAdapter({
  kind: 'lisa',
  options: z
    .object({
      token: z.string().min(1).default('<SEG>'),
      width: whole.default(64),
      layers: whole.default(2),
      heads: whole.default(4),
      blocks: z.number().int().nonnegative().default(2),
    })
    .refine(({ width, heads }) => width % 8 === 0 && width % (2 * heads) === 0, {
      path: ['width'],
      message: 'a multiple of 8, and of twice the heads',
    }),
  end: (options, { width }) => new MaskHead(width, options),
});

/** The token that replies write where a mask is meant: an ordinary one, for it stands in the text of replies. */
export const SEG_TOKEN = '<SEG>';
