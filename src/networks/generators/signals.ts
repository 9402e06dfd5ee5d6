// Signal tokens (NExT-GPT): tokens of a reply whose hidden states, through a small transformer with queries, become the condition of a generator.

import { z } from 'zod';
import { Parameter, relu, type Tensor } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, MultiheadAttention } from '../../nn/index.js';
import { defineAdapter } from '../adapters/registry.js';
import type { EndAdapter } from '../parts.js';
import { stack } from '../stack.js';

const size = z.number().int().positive();

/** What the projection is made with. */
const signalOptions = z
  .object({
    /** The tokens, in the order in which a reply has them. */
    tokens: z.array(z.string().min(1)).min(1).max(64),
    /** Rows of the generator's condition (`condition_length`) and their width (`condition_size`). */
    rows: size,
    size,
    /** Of the transformer. */
    width: size.default(128),
    layers: size.default(2),
    heads: size.default(4),
  })
  .refine((o) => o.width % o.heads === 0, { path: ['heads'], message: 'expected a divisor of width' });
export type SignalOptions = z.infer<typeof signalOptions>;

/** torch's TransformerDecoderLayer with its norms first. */
class DecoderLayer extends Module {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  constructor({ width, heads }: SignalOptions) {
    super();
    this.self_attn = new MultiheadAttention(width, heads);
    this.multihead_attn = new MultiheadAttention(width, heads);
    this.linear1 = new Linear(width, 4 * width);
    this.linear2 = new Linear(4 * width, width);
    this.norm1 = new LayerNorm(width);
    this.norm2 = new LayerNorm(width);
    this.norm3 = new LayerNorm(width);
  }
  forward(queries: Tensor, states: Tensor): Tensor {
    return this.trace(() => {
      const first = this.norm1.forward(queries);
      const h = queries.add(this.self_attn.forward(first, first));
      const read = h.add(this.multihead_attn.forward(this.norm2.forward(h), states));
      return read.add(this.linear2.forward(relu(this.linear1.forward(this.norm3.forward(read)))));
    });
  }
}

class Decoder extends Module {
  layers: DecoderLayer[];
  constructor(o: SignalOptions) {
    super();
    this.layers = stack(o.layers, () => new DecoderLayer(o));
  }
}

/**
 * The output projection of NExT-GPT (Wu et al. 2023, arXiv:2309.05519), which is GILL's mapper (Koh et al. 2023): learned queries read the states of
 * the signal tokens. Nothing that the language model writes depends on it.
 */
export class SignalProjector extends Module implements EndAdapter {
  fc: Linear;
  tfm: Decoder;
  model: Linear;
  query_embs: Parameter;
  constructor(
    width: number,
    readonly options: SignalOptions,
  ) {
    super();
    this.fc = new Linear(width, options.width);
    this.tfm = new Decoder(options);
    this.model = new Linear(options.width, options.size);
    this.query_embs = new Parameter([1, options.rows, options.width], init.normal(0.5));
  }

  /** The names of the signal tokens. */
  get tokens(): readonly string[] {
    return this.options.tokens;
  }

  /** states of the signal tokens: [images, tokens, width] -> conditions, [images, rows, size]. */
  project(states: Tensor): Tensor {
    return this.trace(() => {
      const { rows, width } = this.options;
      const read = this.fc.forward(states);
      const queries = this.query_embs.expand([states.dim(0), rows, width]);
      return this.model.forward(this.tfm.layers.reduce((h, layer) => layer.forward(h, read), queries));
    });
  }
}

/** `count` names: [IMG0], [IMG1], …. */
export const signalTokens = (count = 4): string[] => Array.from({ length: count }, (_, i) => `[IMG${i}]`);

/** The signal tokens of a decoder, which is opened with `tokens` of the same names. @example signals({ tokens: signalTokens(4), rows: 20, size: 64 }) */
export const signals = defineAdapter({
  kind: 'signals',
  options: signalOptions,
  end: (options, { width }) => new SignalProjector(width, options),
});
