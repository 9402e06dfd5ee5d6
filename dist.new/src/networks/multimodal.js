// The interface of multimodal networks: encode media, connect their tokens, read rows among the embeddings of a text.
import { putRows, topological, withInputs } from '../graph/index.js';
import { Module } from '../nn/index.js';
import { ownColumns, wholeMedia } from './language/block-media.js';
/**
 * A network with a vision program of two halves, which declare their inputs themselves (`input(name, …)`, as the family's processor feeds
 * them). `encode` is what a frozen tower computes once for each image; `connect` takes its result from there. Traced together, apart,
 * or with sizes in place of named dimensions:
 *
 *     const whole = network.see();
 *     const tokens = withInputs({}, () => network.encode());
 *     const rows = withInputs({ prefix: 'media0.', sizes }, () => network.connect(input('tokens', shape)));
 */
export class VisionNetwork extends Module {
    /** The whole vision program: [rows, row width]. Both halves may declare the same input. */
    see() {
        return withInputs({}, () => this.connect(this.encode()));
    }
    /** Every parameter in exactly one of vision, connector and language. */
    parts() {
        const vision = [...new Set(this.tower().flatMap((module) => module.parameters()))];
        const { language, embeddings } = this.language_model.parts();
        const others = new Set([...vision, ...language]);
        return { vision, connector: this.parameters().filter((p) => !others.has(p)), language, embeddings };
    }
    /** Parameters of vision and connector that no row depends on, such as those of layers behind the one whose features are taken. */
    unused() {
        const { vision, connector } = this.parts();
        const used = new Set(topological([this.see()]).leaves);
        return [...vision, ...connector].filter((p) => !used.has(p));
    }
    /**
     * Text embeddings with image rows put in place: [batch, n, row width]. ids: int [batch, n]; features: [m, row width]; at: int [m] flat positions.
     */
    fuse(ids, features, at) {
        const x = this.words(ids);
        return putRows(x.reshape([-1, x.size(2)]), at, features).reshape(x.shape);
    }
    /** Text embeddings, as wide as the rows of media. ids: int [batch, n] -> [batch, n, row width]. */
    words(ids) {
        return this.language_model.embed(ids);
    }
}
/** A network that joins an encoder and a decoder-only language model. */
export class MultimodalNetwork extends VisionNetwork {
    /**
     * Hidden states of whole sequences, several of them packed into a row where `segments` tell them apart: [batch, n, width].
     * ids: int [batch, n]; features: [m, width] at the flat positions `at`: int [m]. `positions` as `language_model.trainingPositions`
     * declares them. The same for a text-only decoder: `decoder.sequence(decoder.embed(ids), options)`.
     */
    hidden(ids, features, at, options = {}) {
        if (!features || !at)
            return this.language_model.sequence(this.language_model.embed(ids), options);
        const x = this.fuse(ids, features, at);
        const media = this.language_model.adapted
            ? wholeMedia(ownColumns(features, this.language_model.width), at, [ids.size(0), ids.size(1)], options.segments)
            : {};
        return this.language_model.sequence(x, { ...media, ...options });
    }
}
//# sourceMappingURL=multimodal.js.map