// Qwen-VL's adapter (Bai et al. 2023, arXiv:2308.12966): one cross-attention from learned queries, 2-D positions added to queries and keys.

import { z } from 'zod';
import { constant, Parameter, type Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, MultiheadAttention } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { defineConnector } from './define.js';
import { gridSide, resizeGrid, sincosGrid } from './grid.js';

/** The Resampler: learned queries read the tokens once. Positions are those of the queries' grid, brought to the tokens' by bicubic interpolation. */
class Resampler extends Module {
  query: Parameter;
  kv_proj?: Linear;
  attn: MultiheadAttention;
  ln_q: LayerNorm;
  ln_kv: LayerNorm;
  constructor(
    private readonly side: number,
    private readonly width: number,
    { inputs, heads }: { inputs: number; heads: number },
  ) {
    super();
    this.query = new Parameter([side ** 2, width], init.normal(0.02));
    if (inputs !== width) this.kv_proj = new Linear(inputs, width, { bias: false });
    this.attn = new MultiheadAttention(width, heads);
    this.ln_q = new LayerNorm(width, 1e-6);
    this.ln_kv = new LayerNorm(width, 1e-6);
  }
  /** tokens: [batch, n, inputs] -> [batch, side², width]. */
  forward(tokens: Tensor): Tensor {
    return this.trace(() => {
      const { side, width } = this;
      const own = sincosGrid(side, width);
      const keys = constant(resizeGrid(own, gridSide(tokens.size(1), 'qwen-vl')));
      const values = this.ln_kv.forward(this.kv_proj ? this.kv_proj.forward(tokens) : tokens);
      const queries = this.ln_q.forward(this.query).add(constant(own));
      return this.attn.forward(queries.unsqueeze(0).expand([tokens.dim(0), side ** 2, width]), values.add(keys), values);
    });
  }
}

/** Names as in Qwen-VL's VisionTransformer: attn_pool, ln_post, proj. */
export class QwenVlAdapter extends Module implements Connector {
  attn_pool: Resampler;
  ln_post: LayerNorm;
  proj: Parameter;
  private readonly count: number;
  constructor({ tokens, heads }: { tokens: number; heads: number }, inputs: number, width: number) {
    super();
    if (width % heads !== 0 || width % 4 !== 0)
      throw new SensoriumError('model.connector', 'the width does not fit the heads and positions of the adapter', {
        place: 'qwen-vl: heads',
        expected: `a divisor of the language model's width (${width}), which must be a multiple of 4`,
        got: String(heads),
      });
    this.count = tokens;
    this.attn_pool = new Resampler(gridSide(tokens, 'qwen-vl: tokens'), width, { inputs, heads });
    this.ln_post = new LayerNorm(width, 1e-6);
    this.proj = new Parameter([width, width], init.normal(width ** -0.5));
  }
  tokenCount(): number {
    return this.count;
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() => this.ln_post.forward(this.attn_pool.forward(tokens)).matMul(this.proj));
  }
}

const qwenVlOptions = z.strictObject({
  /** Queries, hence tokens: a square. Published: 256. */
  tokens: z.number().int().positive().default(256),
  /** Default one for each 128 of the width, at least one, as published. */
  heads: z.number().int().positive().optional(),
});
export type QwenVlAdapterOptions = z.input<typeof qwenVlOptions>;

/** Qwen-VL's adapter: `mllm({ connector: qwenVlAdapter({ tokens: 16, heads: 4 }), … })`. */
export const qwenVlAdapter = defineConnector<QwenVlAdapterOptions>('qwen-vl', (options, { inputs, width }) => {
  const { tokens, heads = Math.max(1, Math.floor(width / 128)) } = parseConfig(qwenVlOptions, options, 'qwen-vl');
  return new QwenVlAdapter({ tokens, heads }, inputs, width);
});
