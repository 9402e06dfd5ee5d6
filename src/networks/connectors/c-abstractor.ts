// Honeybee's C-Abstractor (Cha et al. 2024, arXiv:2312.06742; MM1's): residual convolutions, adaptive pooling, residual convolutions; keeps what is near near.

import { z } from 'zod';
import { Parameter, silu, type Tensor } from '../../graph/index.js';
import { Conv2d, init, Linear, Module, Sequential, type Step } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { stack } from '../stack.js';
import { defineConnector } from './define.js';
import { adaptivePool, ChannelNorm, fromGrid, gridSide, SqueezeExcitation, toGrid } from './grid.js';

/** A convolution without bias, a norm over channels, SiLU or nothing. x: [batch, in, h, w] -> [batch, out, h, w]. */
class ConvNorm extends Module {
  conv: Conv2d;
  /** timm's name. */
  bn: ChannelNorm;
  constructor(
    inputs: number,
    outputs: number,
    kernel: 1 | 3,
    private readonly activate: boolean,
  ) {
    super();
    const groups = kernel === 3 ? outputs : 1;
    this.conv = new Conv2d(inputs, outputs, kernel, { padding: kernel === 3 ? 1 : 0, groups, bias: false });
    this.bn = new ChannelNorm(outputs);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const y = this.bn.forward(this.conv.forward(x));
      return this.activate ? silu(y) : y;
    });
  }
}

/** Python's round: halves go to the even number. */
const roundHalfEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** RegNet's block (Radosavovic et al. 2020) with depthwise 3x3, squeeze and excitation, and layer norms over channels, as timm's `Bottleneck`. */
class RegBlock extends Module {
  conv1: ConvNorm;
  conv2: ConvNorm;
  se: SqueezeExcitation;
  conv3: ConvNorm;
  /** Where the width changes. */
  downsample?: ConvNorm;
  constructor(inputs: number, width: number) {
    super();
    this.conv1 = new ConvNorm(inputs, width, 1, true);
    this.conv2 = new ConvNorm(width, width, 3, true);
    this.se = new SqueezeExcitation(width, Math.max(1, roundHalfEven(inputs / 4)), { inner: silu, gate: (x) => x.sigmoid() });
    this.conv3 = new ConvNorm(width, width, 1, false);
    if (inputs !== width) this.downsample = new ConvNorm(inputs, width, 1, false);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const y = this.conv3.forward(this.se.forward(this.conv2.forward(this.conv1.forward(x))));
      return silu(y.add(this.downsample ? this.downsample.forward(x) : x));
    });
  }
}

/** `depth` blocks, named b1, b2, … as in timm's RegStage. */
class RegStage extends Module {
  readonly #blocks: readonly RegBlock[];
  constructor(depth: number, inputs: number, width: number) {
    super();
    this.#blocks = stack(depth, (i) => new RegBlock(i === 0 ? inputs : width, width));
    Object.assign(this, Object.fromEntries(this.#blocks.map((block, i) => [`b${i + 1}`, block])));
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.#blocks.reduce((y, block) => block.forward(y), x));
  }
}

const size = z.number().int().positive();
const cAbstractorOptions = z.strictObject({
  /** Tokens that come out: a square. Published: 144 and 256. */
  tokens: size.default(144),
  /** Channels of the convolutions. Published: 1024, the encoder's width, which is the default. */
  width: size.optional(),
  /** Blocks on either side of the pooling. Published: 3. */
  depth: size.default(3),
  /** Linear layers behind, SiLU between them. Published: 2. */
  mlpDepth: size.default(2),
  /** Tokens that go in, each with a learned position added. Without it none is added. Published: all of the encoder's. */
  positions: size.optional(),
});
export type CAbstractorOptions = z.input<typeof cAbstractorOptions>;

/** Names as in Honeybee: pos_emb, net.0, net.2, readout. */
export class CAbstractor extends Module implements Connector {
  pos_emb?: Parameter;
  net: Sequential;
  readout: Sequential;
  private readonly side: number;
  constructor(o: z.infer<typeof cAbstractorOptions>, inputs: number, width: number) {
    super();
    const { depth, width: inner = inputs } = o;
    this.side = gridSide(o.tokens, 'c-abstractor: tokens');
    if (o.positions !== undefined) this.pos_emb = new Parameter([1, o.positions, inputs], init.normal(0.02));
    const pool = (x: Tensor): Tensor => toGrid(adaptivePool(fromGrid(x), this.side, 'c-abstractor'), 'c-abstractor');
    this.net = new Sequential(new RegStage(depth, inputs, inner), pool, new RegStage(depth, inner, inner));
    const more = Array.from({ length: o.mlpDepth - 1 }, (): Step[] => [silu, new Linear(width, width)]);
    this.readout = new Sequential(new Linear(inner, width), ...more.flat());
  }
  tokenCount(): number {
    return this.side ** 2;
  }
  /** tokens: [batch, n, encoder width] -> [batch, tokens, language width]. Errors: `model.connector` for another number of tokens than has positions. */
  project(tokens: Tensor): Tensor {
    return this.trace(() => {
      const { pos_emb: positions } = this;
      if (positions && positions.dims[1] !== tokens.size(1))
        throw new SensoriumError('model.connector', 'the connector has positions for another number of tokens', {
          place: 'c-abstractor: positions',
          expected: `${tokens.size(1)}, which the encoder makes`,
          got: String(positions.dims[1]),
        });
      return this.readout.forward(fromGrid(this.net.forward(toGrid(positions ? tokens.add(positions) : tokens, 'c-abstractor'))));
    });
  }
}

/** Honeybee's C-Abstractor: `mllm({ connector: cAbstractor({ tokens: 16, depth: 1 }), … })`. */
export const cAbstractor = defineConnector<CAbstractorOptions>(
  'c-abstractor',
  (options, { inputs, width }) => new CAbstractor(parseConfig(cAbstractorOptions, options, 'c-abstractor'), inputs, width),
);
