// SAM's mask decoder: output tokens and prompts attend to the image and back, and each mask token becomes a dot product over upscaled features.

import { concat, convTranspose, gelu, Parameter, relu, type Tensor } from '../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { stack } from '../stack.js';

/** Sizes, named as in SamMaskDecoderConfig. */
export interface SamMaskDecoderConfig {
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  mlp_dim: number;
  attention_downsample_rate: number;
  num_multimask_outputs: number;
  /** Layers and width of what predicts the quality of masks; 0 layers: nothing does. */
  iou_head_depth: number;
  iou_head_hidden_dim: number;
  layer_norm_eps: number;
}

class SamAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  out_proj: Linear;
  constructor(
    private readonly c: SamMaskDecoderConfig,
    rate = c.attention_downsample_rate,
  ) {
    super();
    const inner = c.hidden_size / rate;
    const into = (): Linear => new Linear(c.hidden_size, inner);
    [this.q_proj, this.k_proj, this.v_proj] = [into(), into(), into()];
    this.out_proj = new Linear(inner, c.hidden_size);
  }
  /** q: [batch, n, width], k and v: [batch, m, width] -> [batch, n, width]. */
  forward(q: Tensor, k: Tensor, v: Tensor): Tensor {
    return this.trace(() => {
      const heads = { heads: this.c.num_attention_heads };
      return this.out_proj.forward(multiHead(this.q_proj.forward(q), this.k_proj.forward(k), this.v_proj.forward(v), heads));
    });
  }
}

class SamMlp extends Module {
  lin1: Linear;
  lin2: Linear;
  constructor(c: SamMaskDecoderConfig) {
    super();
    this.lin1 = new Linear(c.hidden_size, c.mlp_dim);
    this.lin2 = new Linear(c.mlp_dim, c.hidden_size);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.lin2.forward(relu(this.lin1.forward(x))));
  }
}

/** Tokens and cells of the image, each with where they stand. */
interface TwoWay {
  queries: Tensor;
  keys: Tensor;
}

class TwoWayBlock extends Module {
  self_attn: SamAttention;
  layer_norm1: LayerNorm;
  cross_attn_token_to_image: SamAttention;
  layer_norm2: LayerNorm;
  mlp: SamMlp;
  layer_norm3: LayerNorm;
  layer_norm4: LayerNorm;
  cross_attn_image_to_token: SamAttention;
  constructor(
    c: SamMaskDecoderConfig,
    /** The first one attends without positions and without a residual. */
    private readonly isFirst: boolean,
  ) {
    super();
    const norm = (): LayerNorm => new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.self_attn = new SamAttention(c, 1);
    this.layer_norm1 = norm();
    this.cross_attn_token_to_image = new SamAttention(c);
    this.layer_norm2 = norm();
    this.mlp = new SamMlp(c);
    this.layer_norm3 = norm();
    this.layer_norm4 = norm();
    this.cross_attn_image_to_token = new SamAttention(c);
  }
  forward({ queries, keys }: TwoWay, tokens: Tensor, places: Tensor): TwoWay {
    return this.trace(() => {
      const turned = queries.add(tokens);
      const own = this.isFirst
        ? this.self_attn.forward(queries, queries, queries)
        : queries.add(this.self_attn.forward(turned, turned, queries));
      const q1 = this.layer_norm1.forward(own);
      const at = keys.add(places);
      const q2 = this.layer_norm2.forward(q1.add(this.cross_attn_token_to_image.forward(q1.add(tokens), at, keys)));
      const q3 = this.layer_norm3.forward(q2.add(this.mlp.forward(q2)));
      const back = this.cross_attn_image_to_token.forward(at, q3.add(tokens), q3);
      return { queries: q3, keys: this.layer_norm4.forward(keys.add(back)) };
    });
  }
}

class TwoWayTransformer extends Module {
  layers: TwoWayBlock[];
  final_attn_token_to_image: SamAttention;
  layer_norm_final_attn: LayerNorm;
  constructor(c: SamMaskDecoderConfig) {
    super();
    let at = 0;
    this.layers = stack(c.num_hidden_layers, () => new TwoWayBlock(c, at++ === 0));
    this.final_attn_token_to_image = new SamAttention(c);
    this.layer_norm_final_attn = new LayerNorm(c.hidden_size);
  }
  /** tokens: [batch, t, width]; image and places: [batch or 1, cells, width]. */
  forward(tokens: Tensor, image: Tensor, places: Tensor): TwoWay {
    return this.trace(() => {
      const { queries, keys } = this.layers.reduce<TwoWay>((x, layer) => layer.forward(x, tokens, places), {
        queries: tokens,
        keys: image,
      });
      const out = this.final_attn_token_to_image.forward(queries.add(tokens), keys.add(places), keys);
      return { queries: this.layer_norm_final_attn.forward(queries.add(out)), keys };
    });
  }
}

/** Linear layers with ReLU between them: `proj_in`, `layers`, `proj_out`. */
class SamFeedForward extends Module {
  proj_in: Linear;
  proj_out: Linear;
  layers: Linear[];
  constructor(inputs: number, hidden: number, outputs: number, depth: number) {
    super();
    this.proj_in = new Linear(inputs, hidden);
    this.proj_out = new Linear(hidden, outputs);
    this.layers = stack(depth - 2, () => new Linear(hidden, hidden));
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.proj_out.forward(this.layers.reduce((y, layer) => relu(layer.forward(y)), relu(this.proj_in.forward(x)))));
  }
}

/** A transposed convolution of kernel and stride 2: [batch, in, h, w] -> [batch, out, 2h, 2w]. */
class Upscale extends Module {
  weight: Parameter;
  bias: Parameter;
  constructor(inputs: number, outputs: number) {
    super();
    this.weight = new Parameter([inputs, outputs, 2, 2], init.normal(1 / Math.sqrt(inputs)));
    this.bias = new Parameter([outputs], init.zeros);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => convTranspose(x, this.weight, { stride: 2 }).add(this.bias.reshape([1, this.bias.dims[0] as number, 1, 1])));
  }
}

/** What the decoder reads. */
export interface MaskPrompt {
  /** [batch, width, h, w]: the image, with the dense prompt added. */
  image: Tensor;
  /** [1, width, h, w]: where its cells are. */
  places: Tensor;
  /** [batch, n, width]. */
  prompts: Tensor;
  /** [batch, width/4, 2h, 2w] and [batch, width/8, 4h, 4w]: finer features, added on the way up as in SAM 2. */
  finer?: readonly [Tensor, Tensor];
}

/** SamMaskDecoder (Kirillov et al. 2023, arXiv:2304.02643), with the parameter names of transformers' class. */
export class SamMaskDecoder extends Module {
  iou_token: Embedding;
  mask_tokens: Embedding;
  transformer: TwoWayTransformer;
  upscale_conv1: Upscale;
  upscale_conv2: Upscale;
  upscale_layer_norm: LayerNorm;
  output_hypernetworks_mlps: SamFeedForward[];
  iou_prediction_head?: SamFeedForward;
  constructor(readonly config: SamMaskDecoderConfig) {
    super();
    const { hidden_size: w, num_multimask_outputs, iou_head_depth, iou_head_hidden_dim } = config;
    const masks = num_multimask_outputs + 1;
    this.iou_token = new Embedding(1, w);
    this.mask_tokens = new Embedding(masks, w);
    this.transformer = new TwoWayTransformer(config);
    this.upscale_conv1 = new Upscale(w, w / 4);
    this.upscale_conv2 = new Upscale(w / 4, w / 8);
    this.upscale_layer_norm = new LayerNorm(w / 4, 1e-6);
    this.output_hypernetworks_mlps = stack(masks, () => new SamFeedForward(w, w, w / 8, 3));
    if (iou_head_depth > 0) this.iou_prediction_head = new SamFeedForward(w, iou_head_hidden_dim, masks, iou_head_depth);
  }

  /** Logits of every mask token's mask, [batch, masks, 4h, 4w], and how good each is said to be, [batch, masks]. */
  forward({ image, places, prompts, finer }: MaskPrompt): { masks: Tensor; iou: Tensor | undefined } {
    return this.trace(() => {
      const [b, w, height, width] = [image.dim(0), image.size(1), image.size(2), image.size(3)];
      const cells = (x: Tensor): Tensor => x.reshape([x.dim(0), w, height * width]).transpose([0, 2, 1]);
      const own = concat([this.iou_token.weight, this.mask_tokens.weight], 0);
      const tokens = concat([own.unsqueeze(0).expand([b, own.size(0), w]), prompts], 1);
      const { queries, keys } = this.transformer.forward(tokens, cells(image), cells(places));
      const up = this.upscale_conv1.forward(keys.transpose([0, 2, 1]).reshape([b, w, height, width]));
      const normed = this.upscale_layer_norm.forward((finer ? up.add(finer[0]) : up).transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]);
      const upper = this.upscale_conv2.forward(gelu(normed));
      const features = gelu(finer ? upper.add(finer[1]) : upper);
      const each = this.output_hypernetworks_mlps.map((mlp, i) => mlp.forward(queries.slice({ axis: 1, start: 1 + i, end: 2 + i })));
      const masks = concat(each, 1).matMul(features.reshape([b, w / 8, 16 * height * width]));
      const iou = this.iou_prediction_head?.forward(queries.slice({ axis: 1, end: 1 }).reshape([b, w]));
      return { masks: masks.reshape([b, each.length, 4 * height, 4 * width]), iou };
    });
  }
}
