// ImageBind-LLM's bind network: one vector of a medium brought into the space of the language model by three gated feed-forward blocks.

import { z } from 'zod';
import { silu, type Tensor } from '../../graph/index.js';
import { Linear, Module, RmsNorm } from '../../nn/index.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { defineConnector } from './define.js';

/** x + f2(silu(f1(norm(x))) · f3(norm(x))). */
class BindBlock extends Module {
  norm: RmsNorm;
  f1: Linear;
  f2: Linear;
  f3: Linear;
  constructor(width: number, inner: number) {
    super();
    this.norm = new RmsNorm(width);
    this.f1 = new Linear(width, inner);
    this.f2 = new Linear(inner, width);
    this.f3 = new Linear(width, inner);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const h = this.norm.forward(x);
      return x.add(this.f2.forward(silu(this.f1.forward(h)).mul(this.f3.forward(h))));
    });
  }
}

const whole = z.number().int().positive();

/** Options: blocks, and how much wider a block is inside. */
export const bindNetworkConfig = z.object({ blocks: whole.max(16).default(3), expansion: whole.max(16).default(4) });
export type BindNetworkConfig = z.infer<typeof bindNetworkConfig>;

/** The mean of a medium's tokens (ImageBind gives one vector) as one row (Han et al. 2023, arXiv:2309.03905, section 3.1). */
export class BindNetwork extends Module implements Connector {
  image_bind_proj: Linear;
  blocks: BindBlock[];
  constructor({ blocks, expansion }: BindNetworkConfig, { inputs, width }: { inputs: number; width: number }) {
    super();
    this.image_bind_proj = new Linear(inputs, width);
    this.blocks = Array.from({ length: blocks }, () => new BindBlock(width, expansion * width));
  }
  tokenCount(): number {
    return 1;
  }
  /** tokens: [batch, n, inputs] -> [batch, 1, width]. */
  project(tokens: Tensor): Tensor {
    return this.trace(() => this.blocks.reduce((x, block) => block.forward(x), this.image_bind_proj.forward(tokens.mean([1], true))));
  }
}

const make = defineConnector<BindNetworkConfig>('bind-network', (config, sizes) => new BindNetwork(config, sizes));

/** ImageBind-LLM's bind network; `bind()` of the adapters adds what it gives to every token. Errors: `model.config`. */
export const bindNetwork = (options: z.input<typeof bindNetworkConfig> = {}) =>
  make(parseConfig(bindNetworkConfig, options, 'bindNetwork'));
