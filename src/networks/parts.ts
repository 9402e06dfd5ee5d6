// The four places where multimodal models differ, as interfaces: encoder, connector, adapter inside a decoder layer, head.

import type { Parameter, Tensor } from '../graph/index.js';
import type { Linear, Module } from '../nn/index.js';

/** Media to tokens. */
export interface Encoder extends Module {
  /** Width of a token. */
  readonly width: number;
  /** Tokens of one image (or clip, or sound). */
  readonly tokenCount: number;
  /** media (images: [batch, 3, H, W]) -> [batch, tokenCount, width]. */
  tokens(media: Tensor): Tensor;
}

/** A vision transformer whose hidden states can be chosen from. */
export interface VisionTower extends Module {
  /** Width of a token. */
  readonly width: number;
  /** Patches on a side of the image. */
  readonly side: number;
  /** Tokens before those of the patches. */
  readonly classTokens: number;
  /** pixels: [batch, 3, size, size] -> what goes into the first layer, then what comes out of each: [batch, classTokens + side², width]. */
  states(pixels: Tensor, upTo?: number): Tensor[];
}

/** Tokens to the language model's width. */
export interface Connector extends Module {
  /** How many tokens come out for `n` that go in. */
  tokenCount(n: number): number;
  /** tokens: [batch, n, width] -> [batch, m, language width]; `instruction` ([batch, t, width]) for connectors that read it. */
  project(tokens: Tensor, instruction?: Tensor): Tensor;
  /** Words of an instruction that it reads beside the image, from inputs that `project` declares; undefined where it reads none. */
  readonly instructionLength?: number | undefined;
}

/** Rows of media and who may attend to them, in one graph. */
export interface BlockMedia {
  /** [m, width]: what the connector gave for all images of the batch. */
  rows: Tensor;
  /** [m, k]: what stands behind the width in rows that are wider, such as a block of rows of higher resolution. */
  more?: Tensor;
  /** bool [batch, n, m]: the rows of the last image before each token, of its own sequence. */
  visible: Tensor;
}

/** Tokens that stand for images. */
export interface ImageTokens {
  /** bool [batch, n]. */
  mask: Tensor;
  /** int32 [m]: their places in the flattened [batch, n]. A batch of rows is filled up with the last one, which then comes more than once. */
  at: Tensor;
  /** [m, 1]: 1 the first time that a place comes, else 0; undefined where every place comes once. */
  first?: Tensor;
}

/** What adapters inside layers are told of the sequences. */
export interface SequenceContext {
  /** Undefined where there are no images, as is `media`. */
  images?: ImageTokens;
  media?: BlockMedia;
  /** int32 [batch, n]: tokens attend only within their own segment (packed documents; padding is a segment of its own, 0). */
  segments?: Tensor;
  /** [batch, n, k]: what is known of each token beforehand, 1 or 0 each, of networks that say so (`VisionNetwork.attributes`). */
  attributes?: Tensor;
}

/** What an adapter inside a decoder layer is given. */
export interface BlockContext extends SequenceContext {
  layer: number;
  /** Adapters act on projections, which then have to be given all tokens in their places. */
  whole?: boolean;
}

/**
 * The keys and values that a layer's own projections make of rows beside the sequence, not turned, for every head of its queries:
 * [batch, m, width] -> [batch, heads, m, d]; `scale`: what scores are multiplied by.
 */
export type KeysOf = (rows: Tensor) => { k: Tensor; v: Tensor; scale: number };

/** Applies a projection, by its name in the layer. */
export type Project = (name: string, linear: Linear, x: Tensor) => Tensor;

/** A layer's feed-forward, x: [..., width] -> the same, with its own projections and what adapters do to them, or with others. */
export type PlainFeedForward = (x: Tensor, project?: Project) => Tensor;

/**
 * Acts inside one decoder layer. With its gate at zero or its mask empty, the layer's output is bit-identical to the plain one.
 * - `before`, `between`, `after`: the residual stream before the layer (Flamingo's gated cross-attention), between attention and feed-forward
 *   (CogAgent's branch of high resolution), after the layer (Lynx).
 * - `project`: after a projection, with its name in the layer, its input and output (CogVLM's visual expert acts where images stand).
 *   What needs no context goes around the `Linear` itself (LoRA).
 * - `attend`: what is added to attention, by head, from the turned queries and the output, both [batch, heads, n, d] (LLaMA-Adapter's prompts).
 * - `feedForward`: around the feed-forward (mixture of experts, LaVIN's adapters), which computes with other projections where it is given them.
 */
export interface BlockAdapter extends Module {
  /** True for one that reads `media`: cached decoding then keeps the rows. */
  readonly readsMedia?: boolean;
  /** Numbers that rows of media have behind the width, for one that reads `media.more`. */
  readonly columns?: number;
  before?(x: Tensor, context: BlockContext): Tensor;
  between?(x: Tensor, context: BlockContext): Tensor;
  after?(x: Tensor, context: BlockContext): Tensor;
  project?(name: string, linear: Linear, x: Tensor, y: Tensor, context: BlockContext): Tensor;
  attend?(q: Tensor, out: Tensor, context: BlockContext, keysOf?: KeysOf): Tensor;
  feedForward?(x: Tensor, plain: PlainFeedForward, context: BlockContext): Tensor;
}

/** Acts behind the last norm: hidden states [n, width], for each the strength that its sequence asks for, [n]; 0 changes no bit. Without `end`, a head: for a loss, or for what is read off states (masks). */
export interface EndAdapter extends Module {
  /** True for a head that reads states of replies: cached decoding then gives them out. */
  readonly readsStates?: boolean;
  end?(hidden: Tensor, epsilon: Tensor): Tensor;
}

/** The parameters of a network by the names that training has for its parts. */
export interface Parts {
  /** The tower: what `encode` reads. */
  readonly vision: readonly Parameter[];
  /** Projection, resampler, Q-Former, merger, newline rows: what `connect` reads. */
  readonly connector: readonly Parameter[];
  readonly language: readonly Parameter[];
  /** Token embeddings, and the head where it is not tied to them: a part of `language`. */
  readonly embeddings: readonly Parameter[];
}
