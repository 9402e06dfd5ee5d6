// Kosmos-2's decoder (Magneto): positions as sines added to the embeddings, a norm inside attention and one inside the feed-forward.

import { z } from 'zod';
import { constant, gather, gelu, type Tensor } from '../../../graph/index.js';
import { LayerNorm, Linear, Module, multiHead } from '../../../nn/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { isRecord } from '../../../util/records.js';
import { Adapted, type Project } from '../../language/adapted.js';
import type { AttentionStrategy } from '../../language/attention.js';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { CausalDecoder, type DecoderLayer } from '../../language/decoder.js';
import type { BlockAdapter, BlockContext } from '../../parts.js';

/** Fairseq's names for the sizes as those of the other decoders. Heads are not turned. */
function renamed(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  const c = raw;
  const { layer_norm_eps = 1e-5, embed_dim = 2048, ffn_dim = 8192, layers = 24, attention_heads = 32 } = c;
  const sizes = { hidden_size: embed_dim, intermediate_size: ffn_dim, num_hidden_layers: layers, num_attention_heads: attention_heads };
  return { ...c, ...sizes, num_key_value_heads: attention_heads, layer_norm_eps, rms_norm_eps: layer_norm_eps, partial_rotary_factor: 0 };
}

/** `text_config` of Kosmos-2. */
export const kosmosTextConfig = z.preprocess(
  renamed,
  decoderConfig(
    { vocab_size: 65037, max_position_embeddings: 2048, rope_theta: 10000, tie_word_embeddings: true },
    {
      model_type: z.literal('kosmos_2_text_model').default('kosmos_2_text_model'),
      ...decoderFields,
      activation_function: z.literal('gelu').default('gelu'),
      scale_embedding: z.boolean().default(true),
      add_cross_attention: z.literal(false).default(false),
      pad_token_id: z.number().int().nonnegative().default(1),
      layer_norm_eps: z.number().positive(),
      partial_rotary_factor: z.literal(0),
    },
  ),
);
export type KosmosTextConfig = z.infer<typeof kosmosTextConfig>;

/** Four projections, and a norm before the last where the layer is one of the decoder. */
export class KosmosAttention extends Module {
  k_proj: Linear;
  v_proj: Linear;
  q_proj: Linear;
  out_proj: Linear;
  inner_attn_ln?: LayerNorm;
  constructor(
    private readonly c: Pick<KosmosTextConfig, 'hidden_size' | 'num_attention_heads' | 'layer_norm_eps'>,
    { inner }: { inner: boolean },
  ) {
    super();
    const w = c.hidden_size;
    this.k_proj = new Linear(w, w);
    this.v_proj = new Linear(w, w);
    this.q_proj = new Linear(w, w);
    this.out_proj = new Linear(w, w);
    if (inner) this.inner_attn_ln = new LayerNorm(w, c.layer_norm_eps);
  }
  /** Within a text. */
  forward(x: Tensor, strategy: AttentionStrategy, layer: number, adapted: Adapted): Tensor {
    return this.trace(() => {
      const { project } = adapted;
      const [q, k, v] = [project('q_proj', this.q_proj, x), project('k_proj', this.k_proj, x), project('v_proj', this.v_proj, x)];
      const out = adapted.attended(strategy.attend(q, k, v, layer));
      return project('out_proj', this.out_proj, this.inner_attn_ln?.forward(out) ?? out);
    });
  }
  /** Tokens x: [batch, n, width] attend to others, at: [batch, m, width]. */
  crossAttend(x: Tensor, at: Tensor): Tensor {
    return this.trace(() => {
      const [q, k, v] = [this.q_proj.forward(x), this.k_proj.forward(at), this.v_proj.forward(at)];
      return this.out_proj.forward(multiHead(q, k, v, { heads: this.c.num_attention_heads }));
    });
  }
}

class KosmosFeedForward extends Module {
  fc1: Linear;
  fc2: Linear;
  ffn_layernorm: LayerNorm;
  constructor(c: KosmosTextConfig) {
    super();
    this.fc1 = new Linear(c.hidden_size, c.intermediate_size);
    this.fc2 = new Linear(c.intermediate_size, c.hidden_size);
    this.ffn_layernorm = new LayerNorm(c.intermediate_size, c.layer_norm_eps);
  }
  forward(x: Tensor, project: Project): Tensor {
    return this.trace(() => project('fc2', this.fc2, this.ffn_layernorm.forward(gelu(project('fc1', this.fc1, x)))));
  }
}

class KosmosLayer extends Module implements DecoderLayer {
  self_attn: KosmosAttention;
  self_attn_layer_norm: LayerNorm;
  ffn: KosmosFeedForward;
  final_layer_norm: LayerNorm;
  adapters: BlockAdapter[] = [];
  constructor(c: KosmosTextConfig) {
    super();
    this.self_attn = new KosmosAttention(c, { inner: true });
    this.self_attn_layer_norm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
    this.ffn = new KosmosFeedForward(c);
    this.final_layer_norm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
  }
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      const adapted = new Adapted(this.adapters, context, this.path);
      const before = adapted.before(x);
      const h = adapted.between(
        before.add(this.self_attn.forward(this.self_attn_layer_norm.forward(before), strategy, context.layer, adapted)),
      );
      return adapted.after(h.add(adapted.feed(this.final_layer_norm.forward(h), (y, project) => this.ffn.forward(y, project))));
    });
  }
}

/** Sines of all frequencies, then cosines, for `rows` positions: [rows, width] (Vaswani et al. 2017, in tensor2tensor's order). */
function sines(rows: number, width: number): Tensor {
  const half = Math.floor(width / 2);
  const data = new Float32Array(rows * width);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(Math.exp(i * -Math.fround(Math.log(10000) / (half - 1))));
    for (let p = 0; p < rows; p++) {
      data[p * width + i] = Math.sin(p * frequency);
      data[p * width + half + i] = Math.cos(p * frequency);
    }
  }
  return constant(hostTensor('float32', [rows, width], data));
}

/** Kosmos2TextForCausalLM; its last norm is called `layer_norm` in files. */
export class KosmosText extends CausalDecoder<KosmosTextConfig> {
  constructor(config: KosmosTextConfig) {
    super(config, { layer: () => new KosmosLayer(config), norm: () => new LayerNorm(config.hidden_size, config.layer_norm_eps) });
  }
  /** Image rows are scaled as embeddings are; the first token stands after the position of padding. */
  protected override enter(x: Tensor, strategy: AttentionStrategy): Tensor {
    const { hidden_size: w, scale_embedding, pad_token_id: pad, max_position_embeddings } = this.config;
    if (!strategy.positions)
      throw new SensoriumError('model.positions', 'this way to attend does not tell positions, which this model adds to embeddings', {
        place: this.path,
      });
    const table = sines(max_position_embeddings + pad + 1, w);
    return x.mul(scale_embedding ? Math.sqrt(w) : 1).add(gather(table, strategy.positions().add(pad + 1)));
  }
}
