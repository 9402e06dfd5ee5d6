// Pengi's two prefixes: what a mapper makes of the medium, then what another makes of the question, before a decoder that stays frozen.

import { z } from 'zod';
import { concat, input, Parameter, type Tensor, where } from '../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../nn/index.js';
import { ClipEncoder } from '../encoders/clip-layers.js';
import { parseConfig } from '../parse-config.js';
import type { Connector } from '../parts.js';
import { defineConnector } from './define.js';

/** Sizes of a mapper. */
interface MapperSizes {
  inputs: number;
  width: number;
  prefix: number;
  layers: number;
  heads: number;
}

/**
 * A mapper as Pengi takes from ClipCap (Deshmukh et al. 2023, arXiv:2305.11834, section 2.2; Mokady et al. 2021): what it reads, brought to its width,
 * and learned constants behind go through a transformer together; what becomes of the constants is the prefix. x: [batch, n, inputs] -> [batch, prefix, width].
 */
export class PrefixMapper extends Module {
  linear: Linear;
  prefix_const: Parameter;
  transformer: ClipEncoder;
  norm: LayerNorm;
  constructor(private readonly sizes: MapperSizes) {
    super();
    const { inputs, width, prefix, layers, heads } = sizes;
    this.linear = new Linear(inputs, width);
    this.prefix_const = new Parameter([prefix, width], init.normal(0.02));
    this.transformer = new ClipEncoder({
      hidden_size: width,
      intermediate_size: 2 * width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      layer_norm_eps: 1e-5,
      hidden_act: 'relu',
    });
    this.norm = new LayerNorm(width);
  }
  /** `mask`: added to the scores, [batch, 1, 1, n + prefix]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.trace(() => {
      const { width, prefix } = this.sizes;
      const constants = this.prefix_const.unsqueeze(0).expand([x.dim(0), prefix, width]);
      const states = this.transformer.states(concat([this.linear.forward(x), constants], 1), mask);
      return this.norm.forward((states.at(-1) as Tensor).slice({ axis: 1, start: x.size(1) }));
    });
  }
}

const whole = z.number().int().positive();

/** Options: rows of each prefix, layers and heads of both mappers, and the longest question that is read, in tokens. */
export const prefixesConfig = z.object({
  prefix: whole.default(40),
  layers: whole.default(8),
  heads: whole.default(8),
  question: whole.max(512).default(32),
});
export type PrefixesConfig = z.infer<typeof prefixesConfig>;

/** A prefix of the medium and one of the question. Where Pengi has CLIP's text encoder, the question's words have embeddings of their own here. */
export class Prefixes extends Module implements Connector {
  audio_mapper: PrefixMapper;
  question_embeddings: Embedding;
  question_positions: Embedding;
  text_mapper: PrefixMapper;
  constructor(
    private readonly config: PrefixesConfig,
    { inputs, width, vocabSize }: { inputs: number; width: number; vocabSize: number },
  ) {
    super();
    const { prefix, layers, heads, question } = config;
    this.audio_mapper = new PrefixMapper({ inputs, width, prefix, layers, heads });
    this.question_embeddings = new Embedding(vocabSize, width);
    this.question_positions = new Embedding(question, width);
    this.text_mapper = new PrefixMapper({ inputs: width, width, prefix, layers, heads });
  }
  tokenCount(): number {
    return 2 * this.config.prefix;
  }
  get instructionLength(): number {
    return this.config.question;
  }
  /** tokens: [batch, n, inputs] -> [batch, 2 * prefix, width]. Declares the inputs `instruction` and `instruction_mask`, int32 [batch, question]. */
  project(tokens: Tensor): Tensor {
    return this.trace(() => {
      const { question, prefix } = this.config;
      const read = (name: string): Tensor => input(name, [tokens.dim(0), question], 'int32');
      const words = this.question_embeddings.forward(read('instruction')).add(this.question_positions.weight.unsqueeze(0));
      const there = where(read('instruction_mask').greater(0), 0, -1e9);
      const all = concat(
        [
          there,
          there
            .slice({ axis: 1, end: 1 })
            .mul(0)
            .expand([tokens.dim(0), prefix]),
        ],
        1,
      );
      const mask = all.unsqueeze(1).unsqueeze(1);
      return concat([this.audio_mapper.forward(tokens), this.text_mapper.forward(words, mask)], 1);
    });
  }
}

const make = defineConnector<PrefixesConfig>('prefixes', (config, sizes) => new Prefixes(config, sizes));

/** Pengi's two prefixes. @example prefixes({ prefix: 16, layers: 2, heads: 4 }) Errors: `model.config`. */
export const prefixes = (options: z.input<typeof prefixesConfig> = {}) => make(parseConfig(prefixesConfig, options, 'prefixes'));
