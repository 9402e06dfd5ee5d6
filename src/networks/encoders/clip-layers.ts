// What CLIP's towers and their relatives share: the patch embedding, and layers of pre-norm attention and a two-layer feed-forward.

import { z } from 'zod';
import { gelu, geluTanh, Parameter, patchify, quickGelu, relu, silu, type Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { stack } from '../stack.js';

export interface TowerConfig {
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  layer_norm_eps: number;
  hidden_act: TowerActivation;
}
/** Activations by the names that transformers has for them. */
export const activations = { quick_gelu: quickGelu, gelu, gelu_pytorch_tanh: geluTanh, gelu_new: geluTanh, relu, silu, swish: silu };
/** `hidden_act` and the like. */
export const towerActivation = z.enum(['quick_gelu', 'gelu', 'gelu_pytorch_tanh', 'gelu_new', 'relu', 'silu', 'swish']);
export type TowerActivation = z.infer<typeof towerActivation>;

/** A Conv2d over RGB of size and stride `patch`, as one matrix product. pixels: [batch, 3, H, W] -> [batch, patches, width]; what is beyond the last whole patch is left out. */
export class PatchEmbedding extends Module {
  weight: Parameter;
  bias?: Parameter;
  constructor(
    readonly width: number,
    readonly patch: number,
    options: { bias?: boolean } = {},
  ) {
    super();
    this.weight = new Parameter([width, 3, patch, patch], init.fanIn());
    if (options.bias ?? true) this.bias = new Parameter([width], init.zeros);
  }
  forward(pixels: Tensor): Tensor {
    return this.trace(() => {
      const whole = [2, 3].reduce((x, axis) => {
        const end = x.size(axis) - (x.size(axis) % this.patch);
        return end === x.size(axis) ? x : x.slice({ axis, end });
      }, pixels);
      const y = patchify(whole, this.patch).matMul(this.weight.reshape([this.width, -1]).transpose());
      return this.bias ? y.add(this.bias) : y;
    });
  }
}

/** Self-attention of a layer, under the names of its family. */
export interface TowerAttention extends Module {
  /** x: [batch, n, width] -> the same; `mask` is added to the scores. */
  forward(x: Tensor, mask?: Tensor): Tensor;
}

/** Multi-head attention with four projections. */
export class ClipAttention extends Module implements TowerAttention {
  k_proj: Linear;
  v_proj: Linear;
  q_proj: Linear;
  out_proj: Linear;
  constructor(
    private readonly c: Pick<TowerConfig, 'hidden_size' | 'num_attention_heads' | 'num_hidden_layers'>,
    { bias = true, keyBias = bias }: { bias?: boolean; keyBias?: boolean } = {},
  ) {
    super();
    const w = c.hidden_size;
    this.k_proj = new Linear(w, w, { bias: keyBias });
    this.v_proj = new Linear(w, w, { bias });
    this.q_proj = new Linear(w, w, { bias });
    this.out_proj = new Linear(w, w, { bias, init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const [q, k, v] = [this.q_proj.forward(x), this.k_proj.forward(x), this.v_proj.forward(x)];
      return this.out_proj.forward(multiHead(q, k, v, { heads: this.c.num_attention_heads, mask }));
    });
  }
}
/** Linear, activation, Linear. */
export class ClipMlp extends Module {
  fc1: Linear;
  fc2: Linear;
  constructor(private readonly c: Pick<TowerConfig, 'hidden_size' | 'intermediate_size' | 'num_hidden_layers' | 'hidden_act'>) {
    super();
    this.fc1 = new Linear(c.hidden_size, c.intermediate_size);
    this.fc2 = new Linear(c.intermediate_size, c.hidden_size, { init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.fc2.forward(activations[this.c.hidden_act](this.fc1.forward(x))));
  }
}
/** The feed-forward of a layer: x [batch, n, width] -> the same. */
export type TowerMlp = Module & { forward(x: Tensor): Tensor };
/** What the layers of a family have in place of CLIP's. */
export interface LayerParts {
  attention(): TowerAttention;
  mlp?(): TowerMlp;
}
class ClipLayer extends Module {
  self_attn: TowerAttention;
  layer_norm1: LayerNorm;
  mlp: TowerMlp;
  layer_norm2: LayerNorm;
  constructor(c: TowerConfig, { attention, mlp }: LayerParts) {
    super();
    this.self_attn = attention();
    this.layer_norm1 = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.mlp = mlp?.() ?? new ClipMlp(c);
    this.layer_norm2 = new LayerNorm(c.hidden_size, c.layer_norm_eps);
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const h = x.add(this.self_attn.forward(this.layer_norm1.forward(x), mask));
      return h.add(this.mlp.forward(this.layer_norm2.forward(h)));
    });
  }
}

/** A stack of layers, with parts of another kind where `parts` makes them. */
export class ClipEncoder extends Module {
  layers: ClipLayer[];
  constructor(c: TowerConfig, parts: LayerParts = { attention: () => new ClipAttention(c) }) {
    super();
    this.layers = stack(c.num_hidden_layers, () => new ClipLayer(c, parts));
  }
  /** x: [batch, n, width] -> the hidden states: x itself, then the output of every layer. */
  states(x: Tensor, mask?: Tensor, upTo = this.layers.length): Tensor[] {
    const states = [x];
    for (const layer of this.layers.slice(0, upTo)) states.push(layer.forward(states.at(-1) as Tensor, mask));
    return states;
  }
}
