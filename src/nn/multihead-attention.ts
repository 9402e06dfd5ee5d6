// torch.nn.MultiheadAttention: the projections of queries, keys and values in one matrix.

import { concat, Parameter, type Tensor } from '../graph/index.js';
import { multiHead } from './heads.js';
import * as init from './init.js';
import { Linear } from './linear.js';
import { Module } from './module.js';

/** Attention of `heads` heads over a width, with torch's parameter names. */
export class MultiheadAttention extends Module {
  in_proj_weight: Parameter;
  in_proj_bias: Parameter;
  out_proj: Linear;
  bias_k?: Parameter;
  bias_v?: Parameter;
  /** `biasKv`: a learned key and value stand behind all others (`add_bias_kv`). */
  constructor(
    private readonly width: number,
    private readonly heads: number,
    { biasKv = false }: { biasKv?: boolean } = {},
  ) {
    super();
    this.in_proj_weight = new Parameter([3 * width, width], init.fanIn());
    this.in_proj_bias = new Parameter([3 * width], init.zeros);
    this.out_proj = new Linear(width, width);
    if (biasKv) {
      this.bias_k = new Parameter([1, 1, width], init.normal(0.02));
      this.bias_v = new Parameter([1, 1, width], init.normal(0.02));
    }
  }
  /**
   * query: [batch, n, width], key and value (the key by default): [batch, m, width] -> [batch, n, width]. mask: additive, broadcast to [batch, heads,
   * n, m], for attention without a key of its own.
   */
  forward(query: Tensor, key: Tensor, value = key, mask?: Tensor): Tensor {
    return this.trace(() => {
      const project = (x: Tensor, part: number): Tensor => {
        const rows = { axis: 0, start: part * this.width, end: (part + 1) * this.width };
        return x.matMul(this.in_proj_weight.slice(rows).transpose()).add(this.in_proj_bias.slice(rows));
      };
      const own = (x: Tensor, bias: Parameter | undefined): Tensor => (bias ? concat([x, bias.expand([x.dim(0), 1, this.width])], 1) : x);
      const [k, v] = [own(project(key, 1), this.bias_k), own(project(value, 2), this.bias_v)];
      return this.out_proj.forward(multiHead(project(query, 0), k, v, { heads: this.heads, mask }));
    });
  }
}
