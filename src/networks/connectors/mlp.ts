// LLaVA's connectors: one linear layer, or Linear-GELU-Linear; optionally after a pixel shuffle that trades tokens for width.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { Linear, Module } from '../../nn/index.js';
import { activations, type TowerActivation } from '../encoders/clip-layers.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import type { ConnectorSpec } from './define.js';

export interface MlpConnectorConfig {
  /** 1: LLaVA's linear; 2: LLaVA-1.5's MLP. */
  depth: 1 | 2;
  /** Side of the square of tokens that becomes one (Idefics 3's pixel shuffle); 1 keeps all. */
  shuffle: number;
  /** Between the layers; GELU by default. */
  activation?: TowerActivation;
  /** Default true. */
  bias?: boolean;
}

/** Names as in LlavaForConditionalGeneration: linear_1, linear_2. */
export class MlpConnector extends Module implements Connector {
  linear_1: Linear;
  linear_2?: Linear;
  constructor(
    readonly config: MlpConnectorConfig,
    inputs: number,
    width: number,
  ) {
    super();
    const { bias = true } = config;
    this.linear_1 = new Linear(inputs * config.shuffle ** 2, width, { bias });
    if (config.depth === 2) this.linear_2 = new Linear(width, width, { bias });
  }
  tokenCount(n: number): number {
    return n / this.config.shuffle ** 2;
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() => {
      const y = this.linear_1.forward(pixelShuffle(tokens, this.config.shuffle));
      return this.linear_2 ? this.linear_2.forward(activations[this.config.activation ?? 'gelu'](y)) : y;
    });
  }
}

/** Neighbouring s x s tokens of a square grid side by side: [batch, g*g, w] -> [batch, (g/s)², s*s*w]. */
export function pixelShuffle(x: Tensor, s: number): Tensor {
  if (s === 1) return x;
  const [b, n, w] = [x.dim(0), x.size(1), x.size(2)];
  const g = Math.sqrt(n) / s;
  return x
    .reshape([b, g, s, g, s, w])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([b, g * g, s * s * w]);
}

const mlpOptions = z.object({
  depth: z.literal([1, 2]).default(2),
  shuffle: z.number().int().positive().default(1),
});
export type MlpOptions = z.input<typeof mlpOptions>;

/** LLaVA-1.5's MLP connector. Errors: `model.config`. */
export function mlp(options: MlpOptions = {}): ConnectorSpec<MlpConnectorConfig> & { kind: 'mlp'; options: MlpOptions } {
  const config = parseConfig(mlpOptions, options, 'mlp');
  return { kind: 'mlp', options, config, build: (inputs, width) => new MlpConnector(config, inputs, width) };
}
/** LLaVA's linear connector. */
export function linear(o: Omit<MlpOptions, 'depth'> = {}): ReturnType<typeof mlp> {
  return mlp({ depth: 1, ...o });
}
