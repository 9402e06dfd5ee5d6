// MobileVLM's lightweight downsample projectors: LDP (Chu et al. 2023, arXiv:2312.16886) and LDPv2 (Chu et al. 2024, arXiv:2402.03766).

import { z } from 'zod';
import { gelu, relu, type Tensor } from '../../graph/index.js';
import { Conv2d, identity, Linear, Module, Sequential } from '../../nn/index.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { defineConnector } from './define.js';
import { adaptivePool, ChannelNorm, fromGrid, gridSide, SqueezeExcitation, toGrid } from './grid.js';

/** min(max(x + 3, 0), 6) / 6 (Howard et al. 2019). */
const hardSigmoid = (x: Tensor): Tensor => x.div(6).add(0.5).clip(0, 1);
/** x hardSigmoid(x). */
const hardSwish = (x: Tensor): Tensor => x.mul(hardSigmoid(x));

/** torchvision's `_make_divisible`: the nearest multiple of 8 that takes no more than a tenth away, at least 8. */
function divisible(v: number): number {
  const near = Math.max(8, Math.floor((v + 4) / 8) * 8);
  return near < 0.9 * v ? near + 8 : near;
}

/** MobileNetV3's block without an expansion: depthwise 3x3, norm, hard-swish; squeeze and excitation; 1x1 and norm; x itself added at stride 1. */
class InvertedResidual extends Module {
  block: Sequential;
  constructor(
    width: number,
    private readonly stride: 1 | 2,
  ) {
    super();
    const depthwise = new Conv2d(width, width, 3, { stride, padding: 1, groups: width, bias: false });
    this.block = new Sequential(
      new Sequential(depthwise, new ChannelNorm(width), hardSwish),
      new SqueezeExcitation(width, divisible(Math.floor(width / 4)), { inner: relu, gate: hardSigmoid }),
      new Sequential(new Conv2d(width, width, 1, { bias: false }), new ChannelNorm(width)),
    );
  }
  /** x: [batch, width, h, w] -> [batch, width, ceil(h / stride), ceil(w / stride)]. */
  forward(x: Tensor): Tensor {
    return this.trace(() => {
      const y = this.block.forward(x);
      return this.stride === 1 ? x.add(y) : y;
    });
  }
}

/** LDPBlock: Linear, GELU, Linear, then two inverted residuals, the second of stride 2: a quarter of the tokens. Names as in MobileVLM. */
export class LdpConnector extends Module implements Connector {
  mlp: Sequential;
  mb_block: Sequential;
  constructor(inputs: number, width: number) {
    super();
    this.mlp = new Sequential(identity, new Linear(inputs, width), gelu, new Linear(width, width));
    this.mb_block = new Sequential(identity, new InvertedResidual(width, 1), new InvertedResidual(width, 2));
  }
  tokenCount(n: number): number {
    return Math.ceil(gridSide(n, 'ldp') / 2) ** 2;
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() => fromGrid(this.mb_block.forward(toGrid(this.mlp.forward(tokens), 'ldp'))));
  }
}

/** MobileVLM's LDP: `mllm({ connector: ldp(), … })`. A quarter of the tokens, as 576 -> 144. */
export const ldp = defineConnector<Record<never, never>>('ldp', (options, { inputs, width }) => {
  parseConfig(z.strictObject({}), options, 'ldp');
  return new LdpConnector(inputs, width);
});

class FeatureLayer extends Module {
  mlp: Sequential;
  constructor(inputs: number, width: number) {
    super();
    this.mlp = new Sequential(new Linear(inputs, width), gelu, new Linear(width, width));
  }
}

class PositionLayer extends Module {
  peg: Sequential;
  constructor(width: number) {
    super();
    this.peg = new Sequential(new Conv2d(width, width, 3, { padding: 1, groups: width }));
  }
}

/** LDPNetV2Projector: Linear, GELU, Linear; average pooling to a grid of `side`; a depthwise 3x3 added, which tells positions (PEG). */
export class LdpV2Connector extends Module implements Connector {
  mlp: FeatureLayer;
  peg: PositionLayer;
  constructor(
    private readonly side: number,
    inputs: number,
    width: number,
  ) {
    super();
    this.mlp = new FeatureLayer(inputs, width);
    this.peg = new PositionLayer(width);
  }
  tokenCount(): number {
    return this.side ** 2;
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() => {
      const pooled = adaptivePool(this.mlp.mlp.forward(tokens), this.side, 'ldpv2');
      return pooled.add(fromGrid(this.peg.peg.forward(toGrid(pooled, 'ldpv2'))));
    });
  }
}

const ldpV2Options = z.strictObject({ tokens: z.number().int().positive().default(144) });

/** MobileVLM V2's LDPv2: `mllm({ connector: ldpv2({ tokens: 16 }), … })`; the published one makes 12 x 12 tokens. Errors: `model.connector` where they are not a square. */
export const ldpv2 = defineConnector<z.input<typeof ldpV2Options>>('ldpv2', (options, { inputs, width }) => {
  const { tokens } = parseConfig(ldpV2Options, options, 'ldpv2');
  return new LdpV2Connector(gridSide(tokens, 'ldpv2: tokens'), inputs, width);
});
