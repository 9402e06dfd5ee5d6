// The decoder-only transformer that LLaMA, Qwen and Mixtral share: blocks of attention and feed-forward that take adapters.

import { input, type Tensor } from '../../graph/index.js';
import { Embedding, init, Linear, Module, type RmsNorm } from '../../nn/index.js';
import type { BlockAdapter, BlockContext, Parts } from '../parts.js';
import { stack } from '../stack.js';
import { Adapted } from './adapted.js';
import {
  type AttentionStrategy,
  type AttentionTraits,
  type CacheStrategy,
  overCache,
  plainNorm,
  SelfAttention,
  type SequenceOptions,
  wholeSequence,
} from './attention.js';
import type { DecoderConfig } from './config.js';
import { GatedMlp, SparseMoe } from './feed-forward.js';
import type { Rotation } from './rope.js';

/** Where families differ beyond their sizes. */
export interface DecoderTraits extends AttentionTraits {
  /** Biases in the feed-forward. */
  mlpBias?: boolean;
  /** Of the feed-forward's gate; SiLU by default. */
  activation?: (x: Tensor) => Tensor;
  /** Norms behind attention and feed-forward too, before they are added to the residual stream (Gemma). */
  sandwich?: boolean;
  /** A mixture of experts instead of one feed-forward. */
  moe?: { experts: number; active: number };
  /** Layers of another make. */
  layer?: () => DecoderLayer;
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
const residualInit = (c: DecoderConfig) => init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers));

/** Attention and feed-forward around a residual stream, open to adapters. */
export class DecoderBlock extends Module implements DecoderLayer {
  self_attn: SelfAttention;
  /** One of the two. */
  mlp?: GatedMlp;
  block_sparse_moe?: SparseMoe;
  input_layernorm: RmsNorm;
  /** Before the feed-forward, or, where there are four, behind attention. */
  post_attention_layernorm: RmsNorm;
  pre_feedforward_layernorm?: RmsNorm;
  post_feedforward_layernorm?: RmsNorm;
  adapters: BlockAdapter[] = [];
  constructor(c: DecoderConfig, traits: DecoderTraits) {
    super();
    this.self_attn = new SelfAttention(c, traits, residualInit(c));
    if (traits.moe) this.block_sparse_moe = new SparseMoe(c.hidden_size, c.intermediate_size, { ...traits.moe, outInit: residualInit(c) });
    else
      this.mlp = new GatedMlp(c.hidden_size, c.intermediate_size, {
        bias: traits.mlpBias,
        activation: traits.activation,
        outInit: residualInit(c),
      });
    const norm = (): RmsNorm => (traits.rmsNorm ?? plainNorm)(c.hidden_size, c.rms_norm_eps);
    this.input_layernorm = norm();
    this.post_attention_layernorm = norm();
    if (!traits.sandwich) return;
    this.pre_feedforward_layernorm = norm();
    this.post_feedforward_layernorm = norm();
  }

  /** x: [batch, n, width] -> [batch, n, width]. */
  forward(x: Tensor, strategy: AttentionStrategy, context: BlockContext): Tensor {
    return this.trace(() => {
      const adapted = new Adapted(this.adapters, context, this.path);
      const { pre_feedforward_layernorm: before, post_feedforward_layernorm: behind } = this;
      const entered = adapted.before(x);
      const { q, k, v } = this.self_attn.qkv(this.input_layernorm.forward(entered), adapted.project);
      const out = adapted.project('o_proj', this.self_attn.o_proj, adapted.attended(strategy.attend(q, k, v, context.layer)));
      const h = entered.add(before ? this.post_attention_layernorm.forward(out) : out);
      const feed = (y: Tensor): Tensor =>
        this.block_sparse_moe?.forward(y, adapted.project, adapted.projects) ?? (this.mlp as GatedMlp).forward(y, adapted.project);
      const fed = adapted.feed((before ?? this.post_attention_layernorm).forward(h), feed);
      return h.add(behind?.forward(fed) ?? fed);
    });
  }
}

class DecoderBody extends Module {
  embed_tokens: Embedding;
  layers: DecoderLayer[];
  norm: LastNorm;
  constructor(c: DecoderConfig, traits: DecoderTraits) {
    super();
    this.embed_tokens = new Embedding(
      c.vocab_size,
      traits.embeddingWidth ?? c.hidden_size,
      init.normal(c.tie_word_embeddings ? 1 / Math.sqrt(c.hidden_size) : 0.02),
    );
    this.layers = stack(c.num_hidden_layers, traits.layer ?? (() => new DecoderBlock(c, traits)));
    this.norm = traits.norm?.() ?? (traits.rmsNorm ?? plainNorm)(c.hidden_size, c.rms_norm_eps);
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

  /** Width of the rows of media: that of embeddings, and once more for each of the first layers after which a part is added (DeepStack). */
  get rowWidth(): number {
    return this.width;
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

  /** The parameters by the names that training has for parts; none of vision or connector. */
  parts(): Parts {
    const embeddings = [this.model.embed_tokens, this.lm_head].flatMap((module) => module?.parameters() ?? []);
    return { vision: [], connector: [], language: this.parameters(), embeddings };
  }

  /** ids: int [batch, n] -> [batch, n, width]. */
  embed(ids: Tensor): Tensor {
    return this.model.embed_tokens.forward(ids);
  }

  /**
   * Hidden states after the last norm. x: [batch, n, width] -> the same. Of wider ones, the columns behind the embeddings are added to
   * the residual stream after the first layers, `width` of them after each (DeepStack; Meng et al. 2024).
   */
  hidden(x: Tensor, strategy: AttentionStrategy, options: Pick<SequenceOptions, 'imageMask' | 'media'> = {}): Tensor {
    return this.trace(() => {
      const parts = x.size(2) / this.width;
      const part = (i: number): Tensor => (parts === 1 ? x : x.slice({ axis: 2, start: i * this.width, end: (i + 1) * this.width }));
      let h = this.enter(part(0), strategy);
      this.model.layers.forEach((block, layer) => {
        h = block.forward(h, strategy, { layer, imageMask: options.imageMask, media: options.media });
        if (layer + 1 < parts) h = h.add(part(layer + 1));
      });
      return this.model.norm.forward(h);
    });
  }

  /** What embeddings go through before the first layer; nothing, where positions are rotary. */
  protected enter(x: Tensor, _strategy: AttentionStrategy): Tensor {
    return x;
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
