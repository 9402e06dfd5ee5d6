// OPT: learned positions added to the embeddings, LayerNorm, a plain feed-forward (Zhang et al. 2022); Galactica leaves biases out.

import { z } from 'zod';
import { constant, gather, layerNorm, type Tensor } from '../../../graph/index.js';
import { Embedding, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { activations, ClipAttention, towerActivation } from '../../encoders/clip-layers.js';
import { Adapted } from '../../language/adapted.js';
import type { AttentionStrategy } from '../../language/attention.js';
import { decoderConfig, decoderFields } from '../../language/config.js';
import { CausalDecoder, type DecoderLayer } from '../../language/decoder.js';
import type { BlockAdapter, BlockContext } from '../../parts.js';

const { hidden_act: _, ...sizes } = decoderFields;

/** Positions begin after two rows that fairseq kept for padding. */
const OFFSET = 2;

/** OPT's names for the sizes as those of the other decoders. Heads are not turned. */
function renamed(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const c = raw as Readonly<Record<string, unknown>>;
  const { ffn_dim = 3072, num_attention_heads = 12, hidden_size = 768 } = c;
  const same = { intermediate_size: ffn_dim, num_key_value_heads: num_attention_heads, rms_norm_eps: 1e-5, partial_rotary_factor: 0 };
  return { word_embed_proj_dim: hidden_size, ...c, ...same };
}

/** `config.json` of OPTForCausalLM. The 350 million one normalises after its layers and has narrower embeddings. */
export const optConfig = z.preprocess(
  renamed,
  decoderConfig(
    {
      vocab_size: 50272,
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      max_position_embeddings: 2048,
      rope_theta: 10000,
      tie_word_embeddings: true,
      eos_token_id: 2,
    },
    {
      model_type: z.literal('opt').default('opt'),
      architectures: z.array(z.string()).default(['OPTForCausalLM']),
      ...sizes,
      activation_function: towerActivation.default('relu'),
      do_layer_norm_before: z.boolean().default(true),
      enable_bias: z.boolean().default(true),
      layer_norm_elementwise_affine: z.boolean().default(true),
      _remove_final_layer_norm: z.boolean().default(false),
      word_embed_proj_dim: z.number().int().positive(),
      partial_rotary_factor: z.literal(0),
    },
  ),
);
export type OptConfig = z.infer<typeof optConfig>;

/** LayerNorm without a weight and a bias. */
class PlainNorm extends Module {
  constructor(private readonly width: number) {
    super();
  }
  forward(x: Tensor): Tensor {
    const row = (value: number): Tensor => constant(hostTensor('float32', [this.width], new Float32Array(this.width).fill(value)));
    return this.trace(() => layerNorm(x, row(1), row(0)));
  }
}
const normOf = ({ hidden_size: width, layer_norm_elementwise_affine: affine }: OptConfig): LayerNorm | PlainNorm =>
  affine ? new LayerNorm(width) : new PlainNorm(width);

class OptLayer extends Module implements DecoderLayer {
  self_attn: ClipAttention;
  self_attn_layer_norm: LayerNorm | PlainNorm;
  fc1: Linear;
  fc2: Linear;
  final_layer_norm: LayerNorm | PlainNorm;
  adapters: BlockAdapter[] = [];
  constructor(private readonly c: OptConfig) {
    super();
    const { enable_bias: bias } = c;
    this.self_attn = new ClipAttention(c, { bias });
    this.self_attn_layer_norm = normOf(c);
    this.fc1 = new Linear(c.hidden_size, c.intermediate_size, { bias });
    this.fc2 = new Linear(c.intermediate_size, c.hidden_size, { bias });
    this.final_layer_norm = normOf(c);
  }
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      const adapted = new Adapted(this.adapters, context, this.path);
      const { project } = adapted;
      const attend = (y: Tensor): Tensor => {
        const { q_proj, k_proj, v_proj, out_proj } = this.self_attn;
        const [q, k, v] = [project('q_proj', q_proj, y), project('k_proj', k_proj, y), project('v_proj', v_proj, y)];
        return project('out_proj', out_proj, adapted.attended(strategy.attend(q, k, v, context.layer)));
      };
      const activate = activations[this.c.activation_function];
      const feed = (y: Tensor): Tensor => adapted.feed(y, (z, own) => own('fc2', this.fc2, activate(own('fc1', this.fc1, z))));
      const [first, last] = [this.self_attn_layer_norm, this.final_layer_norm];
      const before = adapted.before(x);
      if (!this.c.do_layer_norm_before) {
        const h = adapted.between(first.forward(before.add(attend(before))));
        return adapted.after(last.forward(h.add(feed(h))));
      }
      const h = adapted.between(before.add(attend(first.forward(before))));
      return adapted.after(h.add(feed(last.forward(h))));
    });
  }
}

/** In the place of the last norm, where a model has none. */
class NoNorm extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** OPTForCausalLM. */
export class Opt extends CausalDecoder<OptConfig> {
  embed_positions: Embedding;
  /** From the width of embeddings to that of layers and back, where they differ. */
  project_in?: Linear;
  project_out?: Linear;
  constructor(config: OptConfig) {
    const { hidden_size: width, word_embed_proj_dim: inner } = config;
    const isNormed = config.do_layer_norm_before && !config._remove_final_layer_norm;
    super(config, {
      layer: () => new OptLayer(config),
      norm: () => (isNormed ? normOf(config) : new NoNorm()),
      embeddingWidth: inner,
    });
    if (inner !== width) {
      this.project_in = new Linear(inner, width, { bias: false });
      this.project_out = new Linear(width, inner, { bias: false });
    }
    this.embed_positions = new Embedding(config.max_position_embeddings + OFFSET, config.hidden_size);
  }
  override embed(ids: Tensor): Tensor {
    const x = super.embed(ids);
    return this.project_in?.forward(x) ?? x;
  }
  override logits(hidden: Tensor): Tensor {
    return super.logits(this.project_out?.forward(hidden) ?? hidden);
  }
  protected override enter(x: Tensor, strategy: AttentionStrategy): Tensor {
    if (!strategy.positions)
      throw new SensoriumError('model.positions', 'this way to attend does not tell positions, which this model adds to embeddings', {
        place: this.path,
      });
    return x.add(gather(this.embed_positions.weight, strategy.positions().add(OFFSET)));
  }
}

/** Names in the file of an OPT that stands at `prefix` (with its dot) of a larger model; `body` is where its decoder is. */
export function optNames(prefix = '', body = `${prefix}model.decoder`): [ours: string, file: string][] {
  return [
    [`${prefix}model.embed_tokens`, `${body}.embed_tokens`],
    [`${prefix}model.layers`, `${body}.layers`],
    [`${prefix}model.norm`, `${body}.final_layer_norm`],
    [`${prefix}embed_positions`, `${body}.embed_positions`],
    [`${prefix}project_in`, `${body}.project_in`],
    [`${prefix}project_out`, `${body}.project_out`],
  ];
}
