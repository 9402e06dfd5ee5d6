// A sparse mixture of SwiGLU experts behind a router, in place of a decoder block's feed-forward (Jiang et al. 2024).

import type { Tensor } from '../../../graph/index.js';
import { type init, Linear, Module } from '../../../nn/index.js';
import type { Project } from '../../language/adapted.js';
import type { FeedForward } from '../../language/decoder.js';
import { dispatched, route, weighted } from '../../language/mixture.js';

type Init = ReturnType<typeof init.fanIn>;

/** One expert under Mixtral's names: w1 is the gate, w3 what it gates, w2 the way back. */
class Expert extends Module {
  w1: Linear;
  w2: Linear;
  w3: Linear;
  constructor(width: number, inner: number, outInit?: Init) {
    super();
    this.w1 = new Linear(width, inner, { bias: false });
    this.w2 = new Linear(inner, width, { bias: false, init: outInit });
    this.w3 = new Linear(width, inner, { bias: false });
  }
  forward(x: Tensor, project: Project): Tensor {
    return this.trace(() =>
      project(
        'down_proj',
        this.w2,
        project('gate_proj', this.w1, x)
          .silu()
          .mul(project('up_proj', this.w3, x)),
      ),
    );
  }
}

export interface MoeOptions {
  experts: number;
  /** Experts that each token is sent to. */
  active: number;
  outInit?: Init;
}

/**
 * Mixture of experts: every token goes to the `active` experts that the router rates highest, weighted by the router's softmax over
 * those (Jiang et al. 2024, section 2.1). In graphs of fixed shapes every expert computes every token and unchosen ones are weighted zero,
 * at the cost of experts / active times the products. Where sizes are named, as in decoding, each expert is given its tokens alone.
 */
export class SparseMoe extends Module implements FeedForward {
  gate: Linear;
  experts: Expert[];
  constructor(
    width: number,
    inner: number,
    private readonly options: MoeOptions,
  ) {
    super();
    this.gate = new Linear(width, options.experts, { bias: false });
    this.experts = Array.from({ length: options.experts }, () => new Expert(width, inner, options.outInit));
  }

  /** Router weights: [..., experts], zero but for the chosen ones, which sum to 1. x: [..., width]. */
  route(x: Tensor): Tensor {
    return this.trace(() => route(this.gate.forward(x), this.options.active));
  }

  /** x: [..., width] -> [..., width]. `whole`: adapters act on the projections, which have to see all tokens in their places. */
  forward(x: Tensor, project: Project, whole = false): Tensor {
    const named = x.shape.some((d) => typeof d === 'string');
    return this.trace(() => {
      const expert = (y: Tensor, e: number): Tensor => (this.experts[e] as Expert).forward(y, project);
      if (!named || whole) return weighted(x, this.route(x), expert);
      const rows = x.reshape([-1, x.size(-1)]);
      return dispatched(rows, this.route(rows), expert, this.path).reshape(x.shape);
    });
  }
}
