// TextMonkey's token resampler (Liu et al. 2024, arXiv:2403.04473): the tokens that are least like others stay, and read all of them once.

import { z } from 'zod';
import { concat, gelu, Parameter, type Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { pick, redundancy, smallest } from './choose.js';
import { defineConnector } from './define.js';
import { QwenVlAdapter } from './qwen-vl.js';

/** Attention of latents over tokens and themselves. */
class LatentAttention extends Module {
  norm_media: LayerNorm;
  norm_latents: LayerNorm;
  to_q: Linear;
  to_kv: Linear;
  to_out: Linear;
  constructor(
    width: number,
    private readonly heads: number,
    head: number,
  ) {
    super();
    const inner = heads * head;
    this.norm_media = new LayerNorm(width);
    this.norm_latents = new LayerNorm(width);
    this.to_q = new Linear(width, inner, { bias: false });
    this.to_kv = new Linear(width, 2 * inner, { bias: false });
    this.to_out = new Linear(inner, width, { bias: false });
  }
  /** x: [batch, n, width], latents: [batch, m, width] -> [batch, m, width]. */
  forward(x: Tensor, latents: Tensor): Tensor {
    return this.trace(() => {
      const own = this.norm_latents.forward(latents);
      const kv = this.to_kv.forward(concat([this.norm_media.forward(x), own], 1));
      const inner = this.to_q.outputs;
      const [k, v] = [0, 1].map((i) => kv.slice({ axis: 2, start: i * inner, end: (i + 1) * inner })) as [Tensor, Tensor];
      return this.to_out.forward(multiHead(this.to_q.forward(own), k, v, { heads: this.heads }));
    });
  }
}

/** Norm, Linear, GELU, Linear, a scale; the last matrix begins at zero, so that at first nothing is added. */
class FeedForward extends Module {
  norm: LayerNorm;
  fc1: Linear;
  fc2: Linear;
  scale: Parameter;
  constructor(inputs: number, width: number) {
    super();
    this.norm = new LayerNorm(inputs);
    this.fc1 = new Linear(inputs, inputs, { bias: false, init: init.kaimingUniform });
    this.fc2 = new Linear(inputs, width, { bias: false, init: init.zeros });
    this.scale = new Parameter([1], init.ones);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.fc2.forward(gelu(this.fc1.forward(this.norm.forward(x)))).mul(this.scale));
  }
}

/** One layer of the resampler, `layers.i.0` and `layers.i.1` in TextMonkey's files. */
class Layer extends Module {
  readonly '0': LatentAttention;
  readonly '1': FeedForward;
  constructor(inner: number, width: number, o: { heads: number; head: number }) {
    super();
    this['0'] = new LatentAttention(inner, o.heads, o.head);
    this['1'] = new FeedForward(inner, width);
  }
}

/** PerceiverResampler of TextMonkey: tokens [batch, n, width] -> the `count` least redundant of them, with what they read: [batch, count, width]. */
export class TokenResampler extends Module {
  downsample: Linear;
  layers: Layer[];
  constructor(
    readonly count: number,
    width: number,
    o: { width: number; heads: number; head: number; layers?: number },
  ) {
    super();
    this.downsample = new Linear(width, o.width, { bias: false });
    this.layers = Array.from({ length: o.layers ?? 1 }, () => new Layer(o.width, width, o));
  }
  /** Errors: `model.connector` where there are fewer tokens than are to stay. */
  forward(tokens: Tensor): Tensor {
    return this.trace(() => {
      if (tokens.size(1) < this.count)
        throw new SensoriumError('model.connector', 'there are fewer tokens than are to be chosen', {
          place: 'token-resampler: tokens',
          expected: `at most ${tokens.size(1)}`,
          got: String(this.count),
        });
      let kept = pick(tokens, smallest(redundancy(tokens), this.count));
      const all = this.downsample.forward(tokens);
      let latents = this.downsample.forward(kept);
      for (const layer of this.layers) {
        latents = layer['0'].forward(all, latents);
        kept = kept.add(layer['1'].forward(latents));
      }
      return kept;
    });
  }
}

const size = z.number().int().positive();
const tokenResamplerOptions = z.strictObject({
  /** Tokens that stay. Published: 512 of the windows of an image of 896 pixels. */
  tokens: size,
  /** Queries of the Qwen-VL adapter before it, a square (published: 256 for each window); without them a linear layer for each token. */
  queries: size.optional(),
  heads: size.default(8),
  /** Width of a head. Published: 128. */
  head: size.default(128),
  /** Inside the resampler. Published: 1024, a quarter of the language model's width, which is the default. */
  width: size.optional(),
});
export type TokenResamplerOptions = z.input<typeof tokenResamplerOptions>;

/** Qwen-VL's adapter, or a linear layer, then the token resampler. */
export class TextMonkeyConnector extends Module implements Connector {
  adapter?: QwenVlAdapter;
  proj?: Linear;
  resampler: TokenResampler;
  constructor(o: z.infer<typeof tokenResamplerOptions>, inputs: number, width: number) {
    super();
    const heads = Math.max(1, Math.floor(width / 128));
    if (o.queries === undefined) this.proj = new Linear(inputs, width);
    else this.adapter = new QwenVlAdapter({ tokens: o.queries, heads }, inputs, width);
    const { heads: own, head, width: inner = Math.max(1, Math.floor(width / 4)) } = o;
    this.resampler = new TokenResampler(o.tokens, width, { width: inner, heads: own, head });
  }
  tokenCount(): number {
    return this.resampler.count;
  }
  project(tokens: Tensor): Tensor {
    return this.trace(() => this.resampler.forward(this.adapter?.project(tokens) ?? (this.proj as Linear).forward(tokens)));
  }
}

/** TextMonkey's token resampler: `mllm({ connector: tokenResampler({ tokens: 16, heads: 4, head: 32 }), … })`. */
export const tokenResampler = defineConnector<TokenResamplerOptions>(
  'token-resampler',
  (options, { inputs, width }) => new TextMonkeyConnector(parseConfig(tokenResamplerOptions, options, 'token-resampler'), inputs, width),
);
