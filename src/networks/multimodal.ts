// What every multimodal network is to generation: a vision program, a language model, and rows of the one in the text of the other.

import { putRows, type Tensor } from '../graph/index.js';
import { Module } from '../nn/index.js';
import type { SequenceOptions } from './language/attention.js';
import type { CausalDecoder } from './language/decoder.js';

/**
 * A network that joins an encoder and a decoder-only language model. `see` is the vision program; its inputs are what the family's
 * processor (`generate/multimodal/`) feeds. Families with another way into the decoder override `fuse`.
 */
export abstract class MultimodalNetwork extends Module {
  abstract readonly language_model: CausalDecoder;

  /** Declares the inputs of one image's program (`input(name, …)`) and returns its rows for the language model: [rows, width]. */
  abstract see(): Tensor;

  /** Text embeddings with image rows put in place. ids: int [batch, n]; features: [m, width]; at: int [m] flat positions. */
  fuse(ids: Tensor, features: Tensor, at: Tensor): Tensor {
    const w = this.language_model.width;
    const x = this.language_model.embed(ids);
    return putRows(x.reshape([-1, w]), at, features).reshape(x.shape);
  }

  /** Hidden states of whole sequences. */
  hidden(ids: Tensor, features: Tensor | undefined, at: Tensor | undefined, options: SequenceOptions = {}): Tensor {
    const x = features && at ? this.fuse(ids, features, at) : this.language_model.embed(ids);
    return this.language_model.sequence(x, options);
  }
}
