// Pixtral's vision tower (Agrawal et al. 2024): patches of an image of any shape, turned by row and column, in layers like those of LLaMA.

import { attention, rotary, type Tensor } from '../../../graph/index.js';
import { Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../../nn/index.js';
import { activations } from '../../encoders/clip-layers.js';
import { PatchLinear } from '../../encoders/patch-linear.js';
import { GatedMlp } from '../../language/decoder.js';
import { plainFrequencies, type Rotation } from '../../language/rope.js';
import { stack } from '../../stack.js';
import { rotationBy } from '../qwen-vl/rotation.js';
import type { PixtralVisionConfig } from './config.js';

const EPS = 1e-5;

/** Frequencies of a head by turns: the first, third, … turn by the row, the others by the column. places: int32 [2, images, n]. */
function turned({ hidden_size, num_attention_heads, rope_theta }: PixtralVisionConfig, places: Tensor): Rotation {
  const frequencies = plainFrequencies(hidden_size / num_attention_heads, rope_theta);
  const ofKind = (kind: number) => frequencies.filter((_, i) => i % 2 === kind).map((frequency) => ({ kind, frequency }));
  return rotationBy(places, [...ofKind(0), ...ofKind(1)]);
}

class Attention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  constructor(private readonly c: PixtralVisionConfig) {
    super();
    const linear = (): Linear => new Linear(c.hidden_size, c.hidden_size, { bias: false });
    [this.q_proj, this.k_proj, this.v_proj, this.o_proj] = [linear(), linear(), linear(), linear()];
  }
  forward(x: Tensor, { at, table }: Rotation): Tensor {
    return this.trace(() => {
      const heads = (linear: Linear): Tensor => splitHeads(linear.forward(x), this.c.num_attention_heads);
      const [q, k] = [rotary(heads(this.q_proj), at, table), rotary(heads(this.k_proj), at, table)];
      return this.o_proj.forward(mergeHeads(attention(q, k, heads(this.v_proj))));
    });
  }
}

class Layer extends Module {
  attention_norm: RmsNorm;
  attention: Attention;
  ffn_norm: RmsNorm;
  feed_forward: GatedMlp;
  constructor(c: PixtralVisionConfig) {
    super();
    this.attention_norm = new RmsNorm(c.hidden_size, EPS);
    this.attention = new Attention(c);
    this.ffn_norm = new RmsNorm(c.hidden_size, EPS);
    this.feed_forward = new GatedMlp(c.hidden_size, c.intermediate_size, { activation: activations[c.hidden_act] });
  }
  forward(x: Tensor, rotation: Rotation): Tensor {
    return this.trace(() => {
      const h = x.add(this.attention.forward(this.attention_norm.forward(x), rotation));
      return h.add(this.feed_forward.forward(this.ffn_norm.forward(h)));
    });
  }
}

class Transformer extends Module {
  layers: Layer[];
  constructor(c: PixtralVisionConfig) {
    super();
    this.layers = stack(c.num_hidden_layers, () => new Layer(c));
  }
}

/** PixtralVisionModel. */
export class PixtralVision extends Module {
  patch_conv: PatchLinear;
  ln_pre: RmsNorm;
  transformer: Transformer;
  constructor(readonly config: PixtralVisionConfig) {
    super();
    const { hidden_size, patch_size } = config;
    this.patch_conv = new PatchLinear([3, patch_size, patch_size], hidden_size, { bias: false });
    this.ln_pre = new RmsNorm(hidden_size, EPS);
    this.transformer = new Transformer(config);
  }
  /**
   * Hidden states: what goes into the first layer, then what comes out of each up to `upTo`, [images, n, width]. patches: [images, n, 3 p p];
   * places: int32 [2, images, n], row and column of each.
   */
  states(patches: Tensor, places: Tensor, upTo?: number): Tensor[] {
    return this.trace(() => {
      const rotation = turned(this.config, places);
      const states = [this.ln_pre.forward(this.patch_conv.forward(patches))];
      for (const layer of this.transformer.layers.slice(0, upTo)) states.push(layer.forward(states.at(-1) as Tensor, rotation));
      return states;
    });
  }
}
