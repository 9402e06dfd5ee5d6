// The perceiver resampler: a fixed number of learned latents reads any number of image tokens (Alayrac et al. 2022; Idefics 2's form).

import { attention, concat, Parameter, repeatHeads, type Tensor } from '../../graph/index.js';
import { init, Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../nn/index.js';
import { GatedMlp } from '../language/decoder.js';
import { stack } from '../stack.js';

/** Sizes under the names of Idefics2PerceiverConfig. */
export interface PerceiverConfig {
  hidden_size: number;
  rms_norm_eps: number;
  resampler_n_latents: number;
  resampler_depth: number;
  resampler_n_heads: number;
  resampler_head_dim: number;
  num_key_value_heads: number;
}

class PerceiverAttention extends Module {
  q_proj: Linear;
  k_proj: Linear;
  v_proj: Linear;
  o_proj: Linear;
  constructor(private readonly c: PerceiverConfig) {
    super();
    const [q, kv] = [c.resampler_n_heads * c.resampler_head_dim, c.num_key_value_heads * c.resampler_head_dim];
    this.q_proj = new Linear(c.hidden_size, q, { bias: false });
    this.k_proj = new Linear(c.hidden_size, kv, { bias: false });
    this.v_proj = new Linear(c.hidden_size, kv, { bias: false });
    this.o_proj = new Linear(q, c.hidden_size, { bias: false });
  }
  /** Latents look at the context and at themselves. mask: additive, over both. */
  forward(latents: Tensor, context: Tensor, mask: Tensor | undefined): Tensor {
    return this.trace(() => {
      const { resampler_n_heads: heads, num_key_value_heads: kvHeads } = this.c;
      const seen = concat([context, latents], 1);
      const shared = (p: Linear): Tensor => repeatHeads(splitHeads(p.forward(seen), kvHeads), heads / kvHeads);
      const q = splitHeads(this.q_proj.forward(latents), heads);
      return this.o_proj.forward(mergeHeads(attention(q, shared(this.k_proj), shared(this.v_proj), { mask })));
    });
  }
}

class PerceiverLayer extends Module {
  input_latents_norm: RmsNorm;
  input_context_norm: RmsNorm;
  self_attn: PerceiverAttention;
  post_attention_layernorm: RmsNorm;
  mlp: GatedMlp;
  constructor(c: PerceiverConfig) {
    super();
    const norm = (): RmsNorm => new RmsNorm(c.hidden_size, c.rms_norm_eps);
    this.input_latents_norm = norm();
    this.input_context_norm = norm();
    this.self_attn = new PerceiverAttention(c);
    this.post_attention_layernorm = norm();
    this.mlp = new GatedMlp(c.hidden_size, 4 * c.hidden_size);
  }
  forward(latents: Tensor, context: Tensor, mask: Tensor | undefined): Tensor {
    return this.trace(() => {
      const read = this.self_attn.forward(this.input_latents_norm.forward(latents), this.input_context_norm.forward(context), mask);
      const h = latents.add(read);
      return h.add(this.mlp.forward(this.post_attention_layernorm.forward(h)));
    });
  }
}

/** Idefics2PerceiverResampler. */
export class PerceiverResampler extends Module {
  latents: Parameter;
  layers: PerceiverLayer[];
  norm: RmsNorm;
  constructor(private readonly c: PerceiverConfig) {
    super();
    this.latents = new Parameter([c.resampler_n_latents, c.hidden_size], init.normal(0.02));
    this.layers = stack(c.resampler_depth, () => new PerceiverLayer(c));
    this.norm = new RmsNorm(c.hidden_size, c.rms_norm_eps);
  }
  tokenCount(): number {
    return this.c.resampler_n_latents;
  }
  /** context: [images, n, width] -> [images, latents, width]. mask: additive, [images, 1, 1, n + latents]. */
  project(context: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const first = this.latents.unsqueeze(0).expand([context.dim(0), ...this.latents.dims]);
      const last = this.layers.reduce((latents, layer) => layer.forward(latents, context, mask), first);
      return this.norm.forward(last);
    });
  }
}
