// torch.nn.MultiheadAttention: the projections of queries, keys and values in one matrix.

import { Parameter, type Tensor } from '../graph/index.js';
import { multiHead } from './heads.js';
import * as init from './init.js';
import { Linear } from './linear.js';
import { Module } from './module.js';

/** Attention of `heads` heads over a width, with torch's parameter names. */
export class MultiheadAttention extends Module {
  in_proj_weight: Parameter;
  in_proj_bias: Parameter;
  out_proj: Linear;
  constructor(
    private readonly width: number,
    private readonly heads: number,
  ) {
    super();
    this.in_proj_weight = new Parameter([3 * width, width], init.fanIn());
    this.in_proj_bias = new Parameter([3 * width], init.zeros);
    this.out_proj = new Linear(width, width);
  }
  /** query: [batch, n, width], key and value (the key by default): [batch, m, width] -> [batch, n, width]. */
  forward(query: Tensor, key: Tensor, value = key): Tensor {
    return this.trace(() => {
      const project = (x: Tensor, part: number): Tensor => {
        const rows = { axis: 0, start: part * this.width, end: (part + 1) * this.width };
        return x.matMul(this.in_proj_weight.slice(rows).transpose()).add(this.in_proj_bias.slice(rows));
      };
      return this.out_proj.forward(multiHead(project(query, 0), project(key, 1), project(value, 2), { heads: this.heads }));
    });
  }
}
