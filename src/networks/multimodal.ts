// The interface of multimodal networks: encode media, connect their tokens, read rows among the embeddings of a text.

import { type Parameter, putRows, type Tensor, topological, withInputs } from '../graph/index.js';
import { Module } from '../nn/index.js';
import type { SequenceOptions } from './language/attention.js';
import { ownColumns, wholeMedia } from './language/block-media.js';
import type { CausalDecoder } from './language/decoder.js';
import type { Parts } from './parts.js';

/** What a network with a vision program needs of its language model. */
type LanguageModel = Module & Pick<CausalDecoder, 'width' | 'rowWidth' | 'embed' | 'parts'>;

/**
 * A network with a vision program of two halves, which declare their inputs themselves (`input(name, …)`, as the family's processor feeds
 * them). `encode` is what a frozen tower computes once for each image; `connect` takes its result from there. Traced together, apart,
 * or with sizes in place of named dimensions:
 *
 *     const whole = network.see();
 *     const tokens = withInputs({}, () => network.encode());
 *     const rows = withInputs({ prefix: 'media0.', sizes }, () => network.connect(input('tokens', shape)));
 */
export abstract class VisionNetwork<L extends LanguageModel = LanguageModel> extends Module {
  abstract readonly language_model: L;
  /** What adapters are told of each token, where there is something: ids, int [batch, n] -> [batch, n, k], 1 or 0 each. */
  attributes?(ids: Tensor): Tensor;

  /** Declares the media and returns the tokens of the tower, [items, n, width]; of a family without a tower the media themselves. */
  abstract encode(): Tensor;

  /** What `encode` gave -> rows for the language model, [rows, row width]. Declares the inputs that only the connector has. */
  abstract connect(tokens: Tensor): Tensor;

  /** The modules of the tower. */
  protected abstract tower(): readonly Module[];

  /** The whole vision program: [rows, row width]. Both halves may declare the same input. */
  see(): Tensor {
    return withInputs({}, () => this.connect(this.encode()));
  }

  /** Every parameter in exactly one of vision, connector and language. */
  parts(): Parts {
    const vision = [...new Set(this.tower().flatMap((module) => module.parameters()))];
    const { language, embeddings } = this.language_model.parts();
    const others = new Set([...vision, ...language]);
    return { vision, connector: this.parameters().filter((p) => !others.has(p)), language, embeddings };
  }

  /** Parameters of vision and connector that no row depends on, such as those of layers behind the one whose features are taken. */
  unused(): Parameter[] {
    const { vision, connector } = this.parts();
    const used = new Set<Tensor>(topological([this.see()]).leaves);
    return [...vision, ...connector].filter((p) => !used.has(p));
  }

  /**
   * Text embeddings with image rows put in place, as wide as `words`. ids: int [batch, n]; features: [m, row width]; at: int [m] flat positions.
   */
  fuse(ids: Tensor, features: Tensor, at: Tensor): Tensor {
    const x = this.words(ids);
    const rows = features.size(1) === x.size(2) ? features : ownColumns(features, x.size(2));
    return putRows(x.reshape([-1, x.size(2)]), at, rows).reshape(x.shape);
  }

  /** Text embeddings, as wide as the rows of media. ids: int [batch, n] -> [batch, n, row width]. */
  protected words(ids: Tensor): Tensor {
    return this.language_model.embed(ids);
  }
}

/** A network that joins an encoder and a decoder-only language model. */
export abstract class MultimodalNetwork extends VisionNetwork<CausalDecoder> {
  /**
   * Hidden states of whole sequences, several of them packed into a row where `segments` tell them apart: [batch, n, width].
   * ids: int [batch, n]; features: [m, width] at the flat positions `at`: int [m]. `positions` as `language_model.trainingPositions`
   * declares them. The same for a text-only decoder: `decoder.sequence(decoder.embed(ids), options)`.
   */
  hidden(ids: Tensor, features: Tensor | undefined, at: Tensor | undefined, options: SequenceOptions = {}): Tensor {
    const language = this.language_model;
    if (!features || !at) return language.sequence(language.embed(ids), { ...options, attributes: this.attributes?.(ids) });
    const media = language.adapted ? wholeMedia(features, at, [ids.size(0), ids.size(1)], options.segments, language.width) : {};
    return language.sequence(this.fuse(ids, features, at), { ...media, ...options, attributes: this.attributes?.(ids) });
  }
}
