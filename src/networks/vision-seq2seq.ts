// An encoder-decoder whose encoder also reads images: what its families have in common, in training and in cached decoding.

import type { Tensor } from '../graph/index.js';
import type { Seq2SeqLanguage, SourceSequence } from './encoder-decoder.js';
import { VisionNetwork } from './multimodal.js';

/** Image rows of a source: [rows, width] at the flat positions `at`, int [rows]. */
export interface SourceRows {
  features: Tensor;
  at: Tensor;
}

/** A network that joins a vision tower and an encoder-decoder. */
export abstract class VisionSeq2Seq<L extends Seq2SeqLanguage = Seq2SeqLanguage> extends VisionNetwork<L> {
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

  /** As `Seq2SeqLanguage.hidden`, over sources with images. */
  hidden(ids: Tensor, { ids: words, features, at, segments: sources }: SourceSequence, options: { segments?: Tensor } = {}): Tensor {
    const { language_model: language } = this;
    const rows = features && at ? { features, at } : undefined;
    const behind = (states: Tensor): Tensor => this.joined(states, rows);
    return language.sequence(language.embed(ids), this.source(words, rows), { ...options, sources, behind });
  }
}
