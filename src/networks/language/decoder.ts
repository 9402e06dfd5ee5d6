// The decoder-only transformer that LLaMA, Qwen and Mixtral share: blocks of attention and feed-forward that take adapters.

import { input, silu, type Tensor } from '../../graph/index.js';
import { Embedding, init, Linear, Module, RmsNorm } from '../../nn/index.js';
import type { BlockAdapter, BlockContext, EndAdapter, Parts, SequenceContext } from '../parts.js';
import { stack } from '../stack.js';
import { Adapted, type Project } from './adapted.js';
import { type AttentionStrategy, type AttentionTraits, SelfAttention, type SequenceOptions, wholeSequence } from './attention.js';
import { type CacheStrategy, overCache } from './cache.js';
import type { DecoderConfig } from './config.js';
import type { Rotation } from './rope.js';

/** Where families differ beyond their sizes. */
export interface DecoderTraits extends AttentionTraits {
  /** Biases in the feed-forward. */
  mlpBias?: boolean;
  /** Of the feed-forward's gate; SiLU by default. */
  activation?: (x: Tensor) => Tensor;
  /** A mixture of experts in place of the one feed-forward. */
  experts?: () => FeedForward;
  /** Layers of another make. */
  layer?: (index: number) => DecoderLayer;
  /** Another last norm, or what stands in its place. */
  norm?: () => LastNorm;
  /** Width of the embeddings and of what the head reads, where that is not the layers'. */
  embeddingWidth?: number;
}

/** What hidden states go through after the last layer: [batch, n, width] -> the same. */
export interface LastNorm extends Module {
  forward(x: Tensor): Tensor;
}

/** A layer around the residual stream. */
export interface DecoderLayer extends Module {
  /** Empty in the plain model. */
  adapters: BlockAdapter[];
  /** x: [batch, n, width] -> [batch, n, width]. */
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor;
}

/** Branches that add to the residual stream start smaller, by the depth (GPT-2). */
export const residualInit = (c: DecoderConfig) => init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers));

/** What each token goes through by itself. */
export interface FeedForward extends Module {
  /** x: [..., width] -> [..., width]. `whole`: adapters act on the projections, which have to see all tokens in their places. */
  forward(x: Tensor, project: Project, whole: boolean): Tensor;
}

/** down(silu(gate(x)) * up(x)), or with another `activation` than SiLU (Shazeer 2020). */
export class GatedMlp extends Module implements FeedForward {
  gate_proj: Linear;
  up_proj: Linear;
  down_proj: Linear;
  private readonly activation: (x: Tensor) => Tensor;
  constructor(
    width: number,
    inner: number,
    o: { bias?: boolean; activation?: (x: Tensor) => Tensor; outInit?: ReturnType<typeof residualInit>; out?: number } = {},
  ) {
    super();
    const { bias = false, outInit, out = width } = o;
    this.activation = o.activation ?? silu;
    this.gate_proj = new Linear(width, inner, { bias });
    this.up_proj = new Linear(width, inner, { bias });
    this.down_proj = new Linear(inner, out, { bias, init: outInit });
  }
  /** x: [..., width] -> [..., out], the width where nothing else is said. */
  forward(x: Tensor, project: Project = (_, linear, y) => linear.forward(y)): Tensor {
    return this.trace(() => {
      const gate = this.activation(project('gate_proj', this.gate_proj, x));
      return project('down_proj', this.down_proj, gate.mul(project('up_proj', this.up_proj, x)));
    });
  }
}

/** Attention and feed-forward around a residual stream, open to adapters. */
export class DecoderBlock extends Module implements DecoderLayer {
  self_attn: SelfAttention;
  /** One of the two. */
  mlp?: GatedMlp;
  block_sparse_moe?: FeedForward;
  input_layernorm: RmsNorm;
  post_attention_layernorm: RmsNorm;
  adapters: BlockAdapter[] = [];
  constructor(c: DecoderConfig, traits: DecoderTraits) {
    super();
    this.self_attn = new SelfAttention(c, traits, residualInit(c));
    const { mlpBias: bias, activation, experts, rmsNorm: Norm = RmsNorm } = traits;
    if (experts) this.block_sparse_moe = experts();
    else this.mlp = new GatedMlp(c.hidden_size, c.intermediate_size, { bias, activation, outInit: residualInit(c) });
    this.input_layernorm = new Norm(c.hidden_size, c.rms_norm_eps);
    this.post_attention_layernorm = new Norm(c.hidden_size, c.rms_norm_eps);
  }

  /** x: [batch, n, width] -> [batch, n, width]. */
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      const adapted = new Adapted(this.adapters, context, this.path);
      const entered = adapted.before(x);
      const h = adapted.between(entered.add(this.attend(entered, strategy, adapted)));
      return adapted.after(h.add(this.feed(h, adapted)));
    });
  }
  /** What attention adds to the residual stream. */
  protected attend(x: Tensor, strategy: AttentionStrategy, adapted: Adapted): Tensor {
    return this.self_attn.forward(this.input_layernorm.forward(x), strategy, adapted);
  }
  /** What the feed-forward adds. */
  protected feed(x: Tensor, adapted: Adapted, norm = this.post_attention_layernorm): Tensor {
    const mlp = this.block_sparse_moe ?? (this.mlp as GatedMlp);
    return adapted.feed(norm.forward(x), (y, project) => mlp.forward(y, project, adapted.projects));
  }
}

class DecoderBody extends Module {
  embed_tokens: Embedding;
  layers: DecoderLayer[];
  norm: LastNorm;
  /** Behind the norm; empty in the plain model. */
  adapters: EndAdapter[] = [];
  constructor(c: DecoderConfig, traits: DecoderTraits) {
    super();
    this.embed_tokens = new Embedding(
      c.vocab_size,
      traits.embeddingWidth ?? c.hidden_size,
      init.normal(c.tie_word_embeddings ? 1 / Math.sqrt(c.hidden_size) : 0.02),
    );
    this.layers = stack(c.num_hidden_layers, traits.layer ?? (() => new DecoderBlock(c, traits)));
    this.norm = traits.norm?.() ?? new (traits.rmsNorm ?? RmsNorm)(c.hidden_size, c.rms_norm_eps);
  }
}

/** A decoder-only language model under the names of transformers' `…ForCausalLM` classes. */
export class CausalDecoder<C extends DecoderConfig = DecoderConfig> extends Module {
  model: DecoderBody;
  lm_head?: Linear;
  /** Positions of each token that decoding over caches is fed; 0 where the place in the cache says all. */
  readonly positionKinds: number = 0;
  constructor(
    readonly config: C,
    traits: DecoderTraits,
  ) {
    super();
    this.model = new DecoderBody(config, traits);
    const read = traits.embeddingWidth ?? config.hidden_size;
    if (!config.tie_word_embeddings) this.lm_head = new Linear(read, config.vocab_size, { bias: false });
  }

  get width(): number {
    return this.config.hidden_size;
  }

  /** Width of the rows of media: that of embeddings, unless they have parts for later layers (DeepStack) or adapters too. */
  get rowWidth(): number {
    return this.width + Math.max(0, ...this.model.layers.flatMap(({ adapters }) => adapters.map((a) => a.columns ?? 0)));
  }

  /** Tokens are sent to experts. */
  get sparse(): boolean {
    return this.model.layers.some((layer) => layer instanceof DecoderBlock && layer.block_sparse_moe);
  }

  /** Adapters act in its layers. */
  get adapted(): boolean {
    return this.model.layers.some(({ adapters }) => adapters.length > 0);
  }

  /** Adapters in its layers attend to rows of media. */
  get readsMedia(): boolean {
    return this.model.layers.some(({ adapters }) => adapters.some((a) => a.readsMedia));
  }

  /** An adapter at the end has a switch that every sequence sets for itself. */
  get switched(): boolean {
    return this.model.adapters.some((a) => a.end);
  }

  /** The parameters by the names that training has for parts; none of vision or connector. */
  parts(): Parts {
    const embeddings = [this.model.embed_tokens, this.lm_head].flatMap((module) => module?.parameters() ?? []);
    return { vision: [], connector: [], language: this.parameters(), embeddings };
  }

  /** ids: int [batch, n] -> [batch, n, width]. */
  embed(ids: Tensor): Tensor {
    return this.model.embed_tokens.forward(ids);
  }

  /** Hidden states after the last norm. x: [batch, n, width] -> the same. `after` may change what comes out of a layer. */
  hidden(
    x: Tensor,
    strategy: AttentionStrategy,
    { images, media, segments, attributes }: SequenceContext = {},
    after = (h: Tensor, _layer: number): Tensor => h,
  ): Tensor {
    return this.trace(() => {
      const step = (h: Tensor, block: DecoderLayer, layer: number): Tensor =>
        after(block.forward(h, strategy, { layer, images, media, segments, attributes }), layer);
      return this.model.norm.forward(this.model.layers.reduce(step, this.enter(x, strategy)));
    });
  }

  /** What embeddings go through before the first layer; nothing, where positions are rotary. */
  protected enter(x: Tensor, _strategy: AttentionStrategy): Tensor {
    return x;
  }

  /** What the head reads of a model with a switch: hidden states [n, width], `epsilon` [n] -> [n, width]. */
  turned(hidden: Tensor, epsilon: Tensor): Tensor {
    return this.model.adapters.reduce((h, a) => a.end?.(h, epsilon) ?? h, hidden);
  }

  /** hidden: [..., width] -> logits [..., vocab]. */
  logits(hidden: Tensor): Tensor {
    return this.trace(() => (this.lm_head ? this.lm_head.forward(hidden) : hidden.matMul(this.model.embed_tokens.weight.transpose())));
  }

  /** Whole sequences with fixed shapes: embeddings [batch, n, width] -> hidden states. */
  sequence(x: Tensor, options: SequenceOptions = {}): Tensor {
    return this.hidden(x, this.wholeSequence(x.size(0), x.size(1), options), options);
  }

  /** Declares the input `positions` of whole sequences: int32 [batch, n], or [positionKinds, batch, n] where tokens have several. */
  trainingPositions(batch: number, n: number): Tensor {
    const kinds = this.positionKinds;
    return input('positions', kinds > 0 ? [kinds, batch, n] : [batch, n], 'int32');
  }

  /** Causal attention over a whole sequence of `n` tokens. */
  wholeSequence(batch: number, n: number, options: SequenceOptions = {}): AttentionStrategy {
    return wholeSequence(this.config, batch, n, options);
  }

  /** Attention over caches of up to `capacity` positions; named dimensions `batch`, `seq`, `capacity`. Returns the strategy with its outputs. */
  overCache(capacity: number, rotation?: Rotation): CacheStrategy {
    return overCache(this.config, capacity, rotation);
  }
}
