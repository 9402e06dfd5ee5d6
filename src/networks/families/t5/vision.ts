// A T5 whose encoder also reads images: what its families have in common, in training and in cached decoding.

import type { Tensor } from '../../../graph/index.js';
import { VisionNetwork } from '../../multimodal.js';
import type { SourceSequence, T5 } from './network.js';

/** Image rows of a source: [rows, width] at the flat positions `at`, int [rows]. */
export interface SourceRows {
  features: Tensor;
  at: Tensor;
}

/** A network that joins a vision tower and a T5. */
export abstract class VisionT5 extends VisionNetwork<T5> {
  /** Embeddings of a source before the encoder, [batch, m, width]. Default: image rows in place of their placeholders. */
  protected source(ids: Tensor, rows?: SourceRows): Tensor {
    return rows ? this.fuse(ids, rows.features, rows.at) : this.language_model.embed(ids);
  }

  /** Encoder states with what a family adds to them behind the encoder, [batch, m, width] -> the same. Default: nothing. */
  protected joined(states: Tensor, _rows?: SourceRows): Tensor {
    return states;
  }

  /** Encoder states of one source. ids, mask (1 for real): int32 [batch, m] -> [batch, m, width]. */
  encodeSource(ids: Tensor, mask: Tensor, rows: SourceRows): Tensor {
    return this.joined(this.language_model.encode(this.source(ids, rows), mask), rows);
  }

  /** As `T5.hidden`, over sources with images. */
  hidden(ids: Tensor, { ids: words, features, at, segments: sources }: SourceSequence, options: { segments?: Tensor } = {}): Tensor {
    const { language_model: t5 } = this;
    const rows = features && at ? { features, at } : undefined;
    const behind = (states: Tensor): Tensor => this.joined(states, rows);
    return t5.sequence(t5.embed(ids), this.source(words, rows), { ...options, sources, behind });
  }
}
