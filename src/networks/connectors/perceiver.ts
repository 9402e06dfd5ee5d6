// The perceiver resampler: a fixed number of learned latents reads any number of image tokens (Alayrac et al. 2022; Idefics 2's form).

import { z } from 'zod';
import { concat, Parameter, type Tensor } from '../../graph/index.js';
import { init, Linear, Module, multiHead, RmsNorm } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { GatedMlp } from '../language/decoder.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { stack } from '../stack.js';
import { defineConnector } from './define.js';

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
      const [q, k, v] = [this.q_proj.forward(latents), this.k_proj.forward(seen), this.v_proj.forward(seen)];
      return this.o_proj.forward(multiHead(q, k, v, { heads, kvHeads, mask }));
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

const size = z.number().int().positive();
const perceiverOptions = z.strictObject({
  /** Latents, hence tokens. Flamingo and Idefics 2: 64. */
  queries: size.default(64),
  /** Flamingo: 6. Idefics 2: 3. */
  layers: size.default(3),
  /** Default one for each 32 of the language model's width. */
  heads: size.optional(),
  /** Of keys and values; as many as heads by default. */
  kvHeads: size.optional(),
});
export type PerceiverOptions = z.input<typeof perceiverOptions>;

/** A gated projection to the width of the language model, then the resampler, under Idefics 2's names. */
export class PerceiverConnector extends Module implements Connector {
  modality_projection: GatedMlp;
  perceiver_resampler: PerceiverResampler;
  constructor(o: z.infer<typeof perceiverOptions>, inputs: number, width: number) {
    super();
    const { heads = Math.max(1, Math.floor(width / 32)), kvHeads = heads } = o;
    if (width % heads !== 0 || heads % kvHeads !== 0)
      throw new SensoriumError('model.connector', 'the heads of the resampler do not fit', {
        place: 'perceiver: heads, kvHeads',
        expected: `a divisor of the language model's width (${width}), and a divisor of that`,
        got: `${heads}, ${kvHeads}`,
      });
    this.modality_projection = new GatedMlp(inputs, 4 * width, { out: width });
    this.perceiver_resampler = new PerceiverResampler({
      hidden_size: width,
      rms_norm_eps: 1e-6,
      resampler_n_latents: o.queries,
      resampler_depth: o.layers,
      resampler_n_heads: heads,
      resampler_head_dim: width / heads,
      num_key_value_heads: kvHeads,
    });
  }
  tokenCount(): number {
    return this.perceiver_resampler.tokenCount();
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() => this.perceiver_resampler.project(this.modality_projection.forward(tokens)));
  }
}

/** A perceiver resampler for recipes: `mllm({ connector: perceiver({ queries: 16, layers: 2 }), … })`. */
export const perceiver = defineConnector<PerceiverOptions>(
  'perceiver',
  (options, { inputs, width }) => new PerceiverConnector(parseConfig(perceiverOptions, options, 'perceiver'), inputs, width),
);
