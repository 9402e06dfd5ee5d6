// The differences of EVA-CLIP's layers from CLIP's (Sun et al. 2023; Fang et al. 2023 for EVA-02): each an option by itself.

import { z } from 'zod';
import { attention, concat, constant, silu, type Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, mergeHeads, splitHeads } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { activations, ClipMlp, type LayerParts, type TowerAttention, type TowerConfig, type TowerMlp } from './clip-layers.js';

const yes = (value: boolean) => z.boolean().default(value);

/** `eva` of a tower's config. Defaults are those of EVA-CLIP ViT-g, as BLIP-2 and MiniGPT-4 have it. */
export const evaConfig = z.object({
  /** A norm before the first layer, as CLIP has. */
  pre_norm: yes(false),
  /** Biases of keys: EVA has them on queries and values alone. */
  key_bias: yes(false),
  /** LayerNorm over each head of queries and keys. */
  qk_norm: yes(false),
  /** LayerNorm before the last projection of attention and feed-forward (sub-LN, EVA-02). */
  sub_norm: yes(false),
  /** Two-dimensional rotary positions on patches (EVA-02), scaled to `rotary_grid` patches on a side. */
  rotary: yes(false),
  /** Default: the tower's own. */
  rotary_grid: z.number().int().positive().optional(),
  /** Gated feed-forward (EVA-02). */
  swiglu: yes(false),
});
export type EvaConfig = z.infer<typeof evaConfig>;

/** Where patches lie. */
interface EvaGrid {
  /** Patches on a side of the pictures that the tower was trained with. */
  trained: number;
  /** Rows and columns of the pictures that are traced. */
  grid(): readonly [number, number];
}

/** The layers' parts. */
export function evaParts(c: TowerConfig, eva: EvaConfig, where: EvaGrid): LayerParts {
  const plain = !eva.swiglu && !eva.sub_norm;
  return { attention: () => new EvaAttention(c, eva, where), mlp: () => (plain ? new ClipMlp(c) : new EvaMlp(c, eva)) };
}

/** Cosines and sines [1, n, d] of the class token (not turned) and of patches: half of each head turns with the row, half with the column. */
function evaAngles(d: number, [rows, columns]: readonly [number, number], trained: number): { cos: Tensor; sin: Tensor } {
  const half = d / 2;
  const n = rows * columns + 1;
  const [cos, sin] = [new Float32Array(n * d).fill(1), new Float32Array(n * d)];
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let i = 0; i < d; i++) {
        const [place, along] = i < half ? [y, rows] : [x, columns];
        const pair = Math.floor((i % half) / 2);
        const angle = ((place / along) * trained) / 10000 ** ((2 * pair) / half);
        const at = (1 + y * columns + x) * d + i;
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
  return { cos: constant(hostTensor('float32', [1, n, d], cos)), sin: constant(hostTensor('float32', [1, n, d], sin)) };
}

/** Neighbours x1, x2 become -x2, x1. x: [batch, heads, n, d]. */
function quarterTurn(x: Tensor): Tensor {
  const d = x.size(3);
  const pairs = x.reshape([...x.shape.slice(0, 3), d / 2, 2]);
  return concat([pairs.slice({ axis: 4, start: 1 }).neg(), pairs.slice({ axis: 4, end: 1 })], 4).reshape(x.shape);
}

class EvaAttention extends Module implements TowerAttention {
  k_proj: Linear;
  v_proj: Linear;
  q_proj: Linear;
  q_norm?: LayerNorm;
  k_norm?: LayerNorm;
  inner_attn_ln?: LayerNorm;
  out_proj: Linear;
  constructor(
    private readonly c: TowerConfig,
    private readonly eva: EvaConfig,
    private readonly where: EvaGrid,
  ) {
    super();
    const w = c.hidden_size;
    this.k_proj = new Linear(w, w, { bias: eva.key_bias });
    this.v_proj = new Linear(w, w);
    this.q_proj = new Linear(w, w);
    if (eva.qk_norm) {
      this.q_norm = new LayerNorm(w / c.num_attention_heads, c.layer_norm_eps);
      this.k_norm = new LayerNorm(w / c.num_attention_heads, c.layer_norm_eps);
    }
    if (eva.sub_norm) this.inner_attn_ln = new LayerNorm(w, c.layer_norm_eps);
    this.out_proj = new Linear(w, w, { init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
  }
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const heads = this.c.num_attention_heads;
      const turned = this.turn();
      const q = turned(norm(this.q_norm, splitHeads(this.q_proj.forward(x), heads)));
      const k = turned(norm(this.k_norm, splitHeads(this.k_proj.forward(x), heads)));
      const y = mergeHeads(attention(q, k, splitHeads(this.v_proj.forward(x), heads), { mask }));
      return this.out_proj.forward(norm(this.inner_attn_ln, y));
    });
  }
  private turn(): (x: Tensor) => Tensor {
    if (!this.eva.rotary) return (x) => x;
    const { cos, sin } = evaAngles(
      this.c.hidden_size / this.c.num_attention_heads,
      this.where.grid(),
      this.eva.rotary_grid ?? this.where.trained,
    );
    return (x) => x.mul(cos).add(quarterTurn(x).mul(sin));
  }
}

const norm = (layer: LayerNorm | undefined, x: Tensor): Tensor => layer?.forward(x) ?? x;

/** fc1 through the activation, or SiLU of `gate` times fc1; then sub-LN and fc2. */
class EvaMlp extends Module implements TowerMlp {
  gate?: Linear;
  fc1: Linear;
  ffn_ln?: LayerNorm;
  fc2: Linear;
  constructor(
    private readonly c: TowerConfig,
    eva: EvaConfig,
  ) {
    super();
    const { hidden_size: w, intermediate_size: inner } = c;
    if (eva.swiglu) this.gate = new Linear(w, inner);
    this.fc1 = new Linear(w, inner);
    if (eva.sub_norm) this.ffn_ln = new LayerNorm(inner, c.layer_norm_eps);
    this.fc2 = new Linear(inner, w, { init: init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers)) });
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const y = this.fc1.forward(x);
      return this.fc2.forward(norm(this.ffn_ln, this.gate ? silu(this.gate.forward(x)).mul(y) : activations[this.c.hidden_act](y)));
    });
  }
}
