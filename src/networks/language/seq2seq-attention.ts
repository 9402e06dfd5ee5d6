// Attention of encoder-decoders with four projections: to the tokens themselves, or to the states of an encoder (Whisper, BART).

import { attention, type Tensor } from '../../graph/index.js';
import { Linear, Module, mergeHeads, splitHeads } from '../../nn/index.js';
import type { KeysValues } from '../encoder-decoder.js';

/** Attention with keys and values of its own input, or of another. */
export class Seq2SeqAttention extends Module {
  k_proj: Linear;
  v_proj: Linear;
  q_proj: Linear;
  out_proj: Linear;
  constructor(
    width: number,
    private readonly heads: number,
    { keyBias = true }: { keyBias?: boolean } = {},
  ) {
    super();
    this.k_proj = new Linear(width, width, { bias: keyBias });
    this.v_proj = new Linear(width, width);
    this.q_proj = new Linear(width, width);
    this.out_proj = new Linear(width, width);
  }
  /** x: [batch, m, width] -> [batch, heads, m, d] each. */
  keysValues(x: Tensor): KeysValues {
    return { k: splitHeads(this.k_proj.forward(x), this.heads), v: splitHeads(this.v_proj.forward(x), this.heads) };
  }
  /** x: [batch, n, width]; mask: additive, broadcast to [batch, heads, n, m] -> [batch, n, width]. */
  forward(x: Tensor, { k, v }: KeysValues, mask?: Tensor): Tensor {
    return this.trace(() => this.out_proj.forward(mergeHeads(attention(splitHeads(this.q_proj.forward(x), this.heads), k, v, { mask }))));
  }
}
