// The Q-Former with its text side: what BLIP-2's first stage trains (Li et al. 2023, arXiv:2301.12597), and InstructBLIP reads instructions with.

import { z } from 'zod';
import { arange, causalMask, concat, constant, gelu, input, normalize, Parameter, type Tensor } from '../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { paddingBias } from '../encoder-decoder.js';
import { parseConfig } from '../parse-config.js';
import { defineConnector } from './define.js';
import { QFormerConnector } from './qformer.js';
import { type QFormerConfig, qformerConfig } from './qformer-layers.js';

class TextEmbeddings extends Module {
  word_embeddings: Embedding;
  position_embeddings: Embedding;
  constructor(c: QFormerConfig) {
    super();
    this.word_embeddings = new Embedding(c.vocab_size, c.hidden_size);
    this.position_embeddings = new Embedding(c.max_position_embeddings, c.hidden_size);
  }
  /** ids: int32 [batch, t] -> [batch, t, width]. */
  forward(ids: Tensor): Tensor {
    return this.trace(() => this.word_embeddings.forward(ids).add(this.position_embeddings.forward(arange(ids.dim(1)))));
  }
}

/** dense, GELU, LayerNorm. */
class HeadTransform extends Module {
  dense: Linear;
  LayerNorm: LayerNorm;
  constructor(c: QFormerConfig) {
    super();
    this.dense = new Linear(c.hidden_size, c.hidden_size);
    this.LayerNorm = new LayerNorm(c.hidden_size, c.layer_norm_eps);
  }
  forward(x: Tensor): Tensor {
    return this.trace(() => this.LayerNorm.forward(gelu(this.dense.forward(x))));
  }
}

class Predictions extends Module {
  transform: HeadTransform;
  bias: Parameter;
  constructor(c: QFormerConfig) {
    super();
    this.transform = new HeadTransform(c);
    this.bias = new Parameter([c.vocab_size], init.zeros);
  }
}

/** BERT's head of language, its matrix that of the embeddings. */
class LanguageHead extends Module {
  predictions: Predictions;
  constructor(c: QFormerConfig) {
    super();
    this.predictions = new Predictions(c);
  }
  /** x: [..., width], table: [vocabulary, width] -> logits [..., vocabulary]. */
  forward(x: Tensor, table: Tensor): Tensor {
    return this.trace(() => this.predictions.transform.forward(x).matMul(table.transpose()).add(this.predictions.bias));
  }
}

/**
 * A Q-Former whose queries and words share self-attention, under the names of Blip2ForImageTextRetrieval, and `cls` as in LAVIS. Ids are those of
 * the language model's tokenizer, with two more: a beginning for texts that are compared ([CLS]) and one for texts that are written ([DEC]).
 */
export class TextQFormerConnector extends QFormerConnector {
  embeddings: TextEmbeddings;
  vision_projection: Linear;
  text_projection: Linear;
  itm_head: Linear;
  /** Of the contrastive scores; begins at 0.07. */
  temp: Parameter;
  cls: LanguageHead;
  constructor(
    config: QFormerConfig,
    private readonly o: { queries: number; width: number; features: number; instruction: boolean },
  ) {
    super({ ...config, use_qformer_text_input: true }, o);
    this.embeddings = new TextEmbeddings(config);
    this.vision_projection = new Linear(config.hidden_size, o.features);
    this.text_projection = new Linear(config.hidden_size, o.features);
    this.itm_head = new Linear(config.hidden_size, 2);
    this.temp = new Parameter([1], init.fill(0.07));
    this.cls = new LanguageHead(config);
  }

  /** Longest text in tokens, the beginning included. */
  get positions(): number {
    return this.qformer.config.max_position_embeddings;
  }
  /** Words of the instruction that it reads in the language model's stage, to which shorter ones are filled up; undefined where it reads none. */
  get instructionLength(): number | undefined {
    return this.o.instruction ? this.positions : undefined;
  }
  /** Id of the beginning of texts that are compared. */
  get clsId(): number {
    return this.qformer.config.vocab_size - 2;
  }
  /** Id of the beginning of texts that are written. */
  get decId(): number {
    return this.qformer.config.vocab_size - 1;
  }

  /** Declares the inputs `instruction` and `instruction_mask`, int32 [batch, instructionLength], where it reads one. */
  override project(tokens: Tensor, instruction?: Tensor, mask?: Tensor): Tensor {
    const words = this.instructionLength;
    if (words === undefined || instruction) return super.project(tokens, instruction, mask);
    const read = (name: string): Tensor => input(name, [tokens.dim(0), words], 'int32');
    return super.project(tokens, this.embeddings.forward(read('instruction')), read('instruction_mask'));
  }

  /** Features of queries that have read an image, each of length 1: [batch, q, width] -> [batch, q, features]. */
  imageFeatures(queries: Tensor): Tensor {
    return this.trace(() => normalize(this.vision_projection.forward(queries)));
  }

  /** ITC, the text alone: features of its first token, of length 1. ids, mask: int32 [batch, t] -> [batch, features]. */
  textFeatures(ids: Tensor, mask: Tensor): Tensor {
    return this.trace(() => {
      const { words } = this.qformer.streams({ words: this.embeddings.forward(ids) }, undefined, { words: paddingBias(mask) });
      return normalize(this.text_projection.forward((words as Tensor).slice({ axis: 1, end: 1 }).squeeze(1)));
    });
  }

  /** ITM, both seeing all: logits of not matching and matching, means over the queries. -> [batch, 2]. */
  matchLogits(tokens: Tensor, ids: Tensor, mask: Tensor): Tensor {
    return this.trace(() => {
      const queries = this.qformer.forward(this.queriesFor(tokens), tokens, { words: this.embeddings.forward(ids), mask });
      return this.itm_head.forward(queries).mean(1);
    });
  }

  /**
   * ITG, the queries apart and each word seeing them and the words before it. ids: int32 [batch, t] -> logits of the next word
   * [batch, t, vocabulary], and the queries [batch, q, width], which are as if there were no words.
   */
  writeLogits(tokens: Tensor, ids: Tensor): { logits: Tensor; queries: Tensor } {
    return this.trace(() => {
      const [q, t] = [this.tokenCount(), ids.size(1)];
      const causal = concat([constant(hostTensor('float32', [t, q])), causalMask(t)], 1);
      const words = this.embeddings.forward(ids);
      const out = this.qformer.streams({ queries: this.queriesFor(tokens), words }, tokens, { words: causal, apart: true });
      const table = this.embeddings.word_embeddings.weight;
      return { logits: this.cls.forward(out.words as Tensor, table), queries: out.queries as Tensor };
    });
  }

  private queriesFor(tokens: Tensor): Tensor {
    const [, count, width] = this.query_tokens.dims as [number, number, number];
    return this.query_tokens.expand([tokens.dim(0), count, width]);
  }
}

const size = z.number().int().positive();
const qformerOptions = z.object({
  /** Tokens that come out, of any number that go in. */
  queries: size,
  width: size,
  layers: size,
  heads: size,
  /** Default 4 times the width. */
  feedForward: size.optional(),
  /** The queries look at the image in every k-th layer. */
  crossEvery: size.default(2),
  /** Longest text in tokens: with it, the Q-Former has a text side, which `stage.qformer` trains. BLIP-2: 32. */
  text: size.optional(),
  /** Width of the features that are compared. BLIP-2: 256. */
  features: size.optional(),
  /** Reads the instruction that is given with the image, cut to `text` tokens (InstructBLIP). */
  instruction: z.boolean().optional(),
});
export type QFormerOptions = z.input<typeof qformerOptions>;

/**
 * A Q-Former for recipes: `mllm({ connector: qformer({ queries: 16, width: 96, layers: 2, heads: 4 }), … })`. `text` gives it a text side,
 * `instruction: true` makes it InstructBLIP's. Errors: `model.config`.
 */
export const qformer = defineConnector<QFormerOptions>('qformer', (options, { inputs, width, vocabSize }) => {
  const o = parseConfig(
    qformerOptions.refine((c) => !c.instruction || c.text !== undefined, {
      path: ['text'],
      error: 'expected tokens of the longest instruction',
    }),
    options,
    'qformer',
  );
  const config = parseConfig(
    qformerConfig,
    {
      ...(o.text === undefined ? {} : { vocab_size: vocabSize + 2, max_position_embeddings: o.text }),
      hidden_size: o.width,
      num_hidden_layers: o.layers,
      num_attention_heads: o.heads,
      intermediate_size: o.feedForward ?? 4 * o.width,
      cross_attention_frequency: o.crossEvery,
      encoder_hidden_size: inputs,
    },
    'qformer',
  );
  const { queries, features = Math.max(1, Math.floor(o.width / 3)), instruction = false } = o;
  if (o.text === undefined) return new QFormerConnector(config, { queries, width });
  return new TextQFormerConnector(config, { queries, width, features, instruction });
});
