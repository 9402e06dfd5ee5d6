// LISA's head: the hidden state from which `<SEG>` is predicted becomes the prompt of a mask decoder over features of the image's own.
// The rows that the language model reads of the image go into it too: what a thing is stands in them, where its edges are in the pixels.

import { z } from 'zod';
import { concat, constant, gelu, relu, type Tensor } from '../../graph/index.js';
import { Conv2d, LayerNorm, Linear, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { defineAdapter } from '../adapters/registry.js';
import { ClipEncoder } from '../encoders/clip-layers.js';
import { resizeGrid } from '../encoders/interpolate.js';
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

/**
 * The prompt and the model's rows of the image, each row times the prompt beside itself, attend to each other: then every cell of their grid says what
 * it is and whether it is meant, which may hang on things elsewhere ("the second from the left"). The cells also draw a coarse mask, to which the decoder
 * adds: so which thing is meant is learned from the first step on, and not only once edges are.
 */
class RowReader extends Module {
  row_norm: LayerNorm;
  row_proj: Linear;
  match_proj: Linear;
  encoder: ClipEncoder;
  norm: LayerNorm;
  coarse: Linear;
  constructor(
    rowWidth: number,
    private readonly width: number,
    { layers, heads }: { layers: number; heads: number },
  ) {
    super();
    this.row_norm = new LayerNorm(rowWidth);
    this.row_proj = new Linear(rowWidth, width);
    this.match_proj = new Linear(rowWidth, width);
    this.encoder = new ClipEncoder({
      hidden_size: width,
      intermediate_size: 4 * width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      layer_norm_eps: 1e-5,
      hidden_act: 'gelu',
    });
    this.norm = new LayerNorm(width);
    this.coarse = new Linear(width, 1);
  }
  /** prompts: [n * each, width], rows: [n, k, row width], k a square -> prompts [n * each, width], cells [n * each, k, width], logits [n * each, k, 1]. */
  forward(prompts: Tensor, rows: Tensor, each: number): { prompts: Tensor; cells: Tensor; coarse: Tensor } {
    return this.trace(() => {
      const [n, k, w] = [prompts.dim(0), rows.size(1), this.width];
      const side = Math.sqrt(k);
      const at = places(w, side, side).reshape([1, w, k]).transpose([0, 2, 1]);
      const normed = this.row_norm.forward(rows);
      const own = repeated(this.row_proj.forward(normed).add(at), each);
      const match = repeated(this.match_proj.forward(normed), each).mul(prompts.unsqueeze(1));
      const all = concat([prompts.unsqueeze(1), own.add(match)], 1);
      const read = this.norm.forward(this.encoder.states(all).at(-1) as Tensor);
      const cells = read.slice({ axis: 1, start: 1 });
      return { prompts: read.slice({ axis: 1, end: 1 }).reshape([n, w]), cells, coarse: this.coarse.forward(cells) };
    });
  }
}

/** Cells of a square grid, [n, k, channels], at another size: [n, channels, height, width]. */
function spread(cells: Tensor, height: number, width: number): Tensor {
  const side = Math.sqrt(cells.size(1));
  const resized = resizeGrid(cells, [side, side], [height, width], 'bilinear');
  return resized.transpose([0, 2, 1]).reshape([cells.dim(0), cells.size(2), height, width]);
}

/** Every item of the first axis `each` times, one after the other: [n, ...] -> [n * each, ...]. */
function repeated(x: Tensor, each: number): Tensor {
  if (each === 1) return x;
  const [n, ...rest] = [x.size(0), ...x.shape.slice(1)];
  return x
    .unsqueeze(1)
    .expand([n, each, ...rest])
    .reshape([n * each, ...rest]);
}

/** What a mask head is made with. */
export interface MaskHeadOptions {
  /** The token that stands for a mask. */
  token: string;
  width: number;
  layers: number;
  heads: number;
  /** Of the convolutions over pixels. */
  blocks: number;
  /** Layers in which the prompt and the rows of the image read each other; 0: the head has its pixels alone. */
  reader: number;
}

/** What masks are decoded over. */
export interface MaskImages {
  /** [n, 3, S, S], S a multiple of 4. */
  pixels: Tensor;
  /** [n, k, language width], k a square: what the language model reads of each image. Undefined for a head without a reader. */
  rows?: Tensor | undefined;
}

/**
 * Masks of what a reply points at (Lai et al. 2023, arXiv:2308.00692): two linear layers from the hidden state that `<SEG>` is predicted from to one
 * prompt, SAM's two-way decoder, and features of the picture at full resolution, here from convolutions that learn with it in place of SAM's ViT-H. SAM
 * knows things by sight before LISA begins; here the model's own rows of the image bring that (`RowReader`).
 */
export class MaskHead extends Module implements EndAdapter {
  /** Decoding gives out the states that it reads. */
  readonly readsStates = true;
  text_hidden_fcs: Linear[];
  stem: Stem;
  reader?: RowReader;
  mask_decoder: SamMaskDecoder;
  constructor(
    width: number,
    readonly options: MaskHeadOptions,
  ) {
    super();
    const { width: w, layers, heads, blocks, reader } = options;
    this.text_hidden_fcs = [new Linear(width, width), new Linear(width, w)];
    this.stem = new Stem(w, blocks);
    if (reader > 0) this.reader = new RowReader(width, w, { layers: reader, heads });
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

  /** Logits of a mask for each state, over its picture; as many states of each image, one after the other: [n * each, language width] -> [n * each, S, S]. */
  masks(states: Tensor, { pixels, rows }: MaskImages): Tensor {
    return this.trace(() => {
      const [first, second] = this.text_hidden_fcs as [Linear, Linear];
      const each = states.size(0) / pixels.size(0);
      const prompts = second.forward(relu(first.forward(states)));
      const seen = this.stem.forward(pixels);
      const [image, ...finer] = [seen.image, ...seen.finer].map((x) => repeated(x, each)) as [Tensor, Tensor, Tensor];
      const [height, width] = [image.size(2), image.size(3)];
      const at = places(this.options.width, height, width);
      const read = this.reader && rows ? this.reader.forward(prompts, rows, each) : undefined;
      const { masks } = this.mask_decoder.forward({
        image: read ? image.add(spread(read.cells, height, width)) : image,
        places: at,
        prompts: (read?.prompts ?? prompts).unsqueeze(1),
        finer,
      });
      const [h, w] = [pixels.size(2), pixels.size(3)];
      return (read ? masks.add(spread(read.coarse, h, w)) : masks).reshape([states.dim(0), h, w]);
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
      reader: z.number().int().nonnegative().default(3),
    })
    .refine(({ width, heads }) => width % 8 === 0 && width % (2 * heads) === 0, {
      path: ['width'],
      message: 'a multiple of 8, and of twice the heads',
    }),
  end: (options, { width }) => new MaskHead(width, options),
});

/** The token that replies write where a mask is meant: an ordinary one, for it stands in the text of replies. */
export const SEG_TOKEN = '<SEG>';
