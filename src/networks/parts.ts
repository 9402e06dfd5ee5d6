// The four places where multimodal models differ, as interfaces: encoder, connector, decoder block extension, head.

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
export interface VisionTower extends Encoder {
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
}

export type Projection = 'q_proj' | 'k_proj' | 'v_proj' | 'o_proj' | 'gate_proj' | 'up_proj' | 'down_proj';

/** What an extension can see. */
export interface BlockContext {
  layer: number;
  /** [batch, n] bool: which positions hold image tokens. */
  imageMask?: Tensor;
  /** [batch, m, width]: encoder tokens for cross-attention. */
  media?: Tensor;
}

/**
 * Acts inside one decoder block. With its gate at zero or its mask empty, the block's output is bit-identical to the plain one.
 * - `before`: the residual stream before the block (gated cross-attention: Flamingo, CogAgent).
 * - `project`: after a projection, with its input and output (LoRA; CogVLM's visual expert chooses by `imageMask`).
 * - `attend`: after attention, with the queries and the output, both [batch, heads, n, d] (LLaMA-Adapter's prompt).
 * - `feedForward`: around the feed-forward (mixture of experts, LaVIN's adapters).
 */
export interface BlockExtension extends Module {
  before?(x: Tensor, context: BlockContext): Tensor;
  project?(name: Projection, linear: Linear, x: Tensor, y: Tensor, context: BlockContext): Tensor;
  attend?(q: Tensor, out: Tensor, context: BlockContext): Tensor;
  feedForward?(x: Tensor, plain: (x: Tensor) => Tensor, context: BlockContext): Tensor;
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

/** Reads hidden states: boxes, masks, signal tokens for a generator. */
export interface Head extends Module {
  /** hidden: [batch, n, width]. */
  read(hidden: Tensor): Record<string, Tensor>;
}
