// T5ForConditionalGeneration: the two halves joined, as one graph for whole sequences and as two for generation.
import { arange, cast, causalMask, equal, input, sub, where } from '../../../graph/index.js';
import { Embedding, init, Linear, Module } from '../../../nn/index.js';
import { newRows, writeRows } from '../../language/cache.js';
import { T5Stack } from './layers.js';
/** T5ForConditionalGeneration. */
export class T5 extends Module {
    config;
    shared;
    encoder;
    decoder;
    lm_head;
    constructor(config) {
        super();
        this.config = config;
        this.shared = new Embedding(config.vocab_size, config.d_model, init.normal(1));
        this.encoder = new T5Stack(config, config.num_layers, false);
        this.decoder = new T5Stack(config, config.num_decoder_layers ?? config.num_layers, true);
        this.lm_head = new Linear(config.d_model, config.vocab_size, { bias: false });
        if (config.tie_word_embeddings && config.scale_decoder_outputs !== false)
            this.lm_head.weight = this.shared.weight;
    }
    get width() {
        return this.config.d_model;
    }
    get rowWidth() {
        return this.width;
    }
    /** The parameters by the names that training has for parts; none of vision or connector. */
    parts() {
        const embeddings = [...new Set([this.shared.weight, this.lm_head.weight])];
        return { vision: [], connector: [], language: this.parameters(), embeddings };
    }
    /** ids: int [batch, n] -> [batch, n, width]. */
    embed(ids) {
        return this.shared.forward(ids);
    }
    /** Encoder states. x: [batch, n, width] (token embeddings, or anything of that width), mask: int32 [batch, n], 1 for real -> like x. */
    encode(x, mask) {
        return this.encodeMasked(x, mask && paddingBias(mask));
    }
    /** The same, with what is added to the scores: [batch, 1, 1 or n, n]. */
    encodeMasked(x, mask) {
        return this.trace(() => {
            const order = arange(x.dim(1));
            const relative = this.encoder.block[0].self.bias(differences(order, order));
            const bias = mask ? relative.add(mask) : relative;
            let h = x;
            for (const block of this.encoder.block)
                h = block.forward(h, bias, (fresh) => fresh);
            return this.encoder.final_layer_norm.forward(h);
        });
    }
    /** Keys and values of the encoder states for every decoder block. encoded: [batch, n, width]. */
    crossKeysValues(encoded) {
        return this.decoder.block.map((block) => block.cross.keysValues(encoded));
    }
    /**
     * Decoder states of whole conversations, for training: int ids [batch, n], the start token first, over what the encoder reads ->
     * [batch, n, width]. Several conversations may share a row: `segments`, int32 [batch, n], number them as those of the source do, and
     * tokens attend within their own, in both halves and across.
     */
    hidden(ids, { ids: source, segments: sources }, options = {}) {
        return this.sequence(this.embed(ids), this.embed(source), { ...options, sources });
    }
    /** The same from embeddings: y: [batch, n, width], x: [batch, m, width]. */
    sequence(y, x, { segments, sources } = {}) {
        const order = arange(y.dim(1));
        const causal = causalMask(y.size(1));
        const encoded = this.encodeMasked(x, sources && sameSegment(sources, sources));
        return this.decodeOver(y, {
            delta: differences(order, order),
            mask: segments ? causal.add(sameSegment(segments, segments)) : causal,
            own: (_, fresh) => fresh,
            cross: this.crossKeysValues(encoded),
            crossBias: sources && (segments ? sameSegment(segments, sources) : where(equal(sources, 0), -1e9, 0).unsqueeze(1).unsqueeze(1)),
        });
    }
    /**
     * Decoder states of new tokens over caches; named dimensions `batch`, `seq`, `capacity`, `source`. Takes `lengths`, `total` and
     * `past.*` as a decoder-only model does, `cross.LAYER.key` and `.value`, and `source_mask`; gives `present.*` beside the states.
     */
    decodeCached(y) {
        const rows = newRows();
        const outputs = {};
        const { num_heads: heads, d_kv } = this.config;
        const crossInput = (name) => input(`cross.${name}`, ['batch', heads, 'source', d_kv]);
        const hidden = this.decodeOver(y, {
            delta: sub(rows.order, rows.positions.reshape(['batch', 'seq', 1])),
            mask: rows.mask(),
            own: (layer, { k, v }) => ({
                k: writeRows(rows, `${layer}.key`, k, outputs),
                v: writeRows(rows, `${layer}.value`, v, outputs),
            }),
            cross: this.decoder.block.map((_, layer) => ({ k: crossInput(`${layer}.key`), v: crossInput(`${layer}.value`) })),
            crossBias: paddingBias(input('source_mask', ['batch', 'source'], 'int32')),
        });
        return { hidden, outputs };
    }
    /** Decoder states of new tokens, wherever their keys and values are kept. y: [batch, n, width] -> the same. */
    decodeOver(y, o) {
        return this.trace(() => {
            const bias = this.decoder.block[0].self.bias(o.delta).add(o.mask);
            let h = y;
            this.decoder.block.forEach((block, layer) => {
                h = block.forward(h, bias, (fresh) => o.own(layer, fresh), { from: o.cross[layer], bias: o.crossBias });
            });
            return this.decoder.final_layer_norm.forward(h);
        });
    }
    /** hidden: [..., width] -> logits [..., vocab]. The first T5 scales states down before a head that is its embedding. */
    logits(hidden) {
        const { scale_decoder_outputs: scaled = this.config.tie_word_embeddings } = this.config;
        return this.trace(() => this.lm_head.forward(scaled ? hidden.mul(this.config.d_model ** -0.5) : hidden));
    }
}
/** [1, n, m]: position of the key minus that of the query. */
function differences(queries, keys) {
    return sub(keys, queries.reshape([1, queries.dim(0), 1]));
}
/** 0 where query and key are of one segment, else a large negative number. int [batch, n], [batch, m] -> [batch, 1, n, m]. */
function sameSegment(queries, keys) {
    return where(equal(queries.unsqueeze(1).unsqueeze(3), keys.unsqueeze(1).unsqueeze(1)), 0, -1e9);
}
/** 0 for real tokens and a large negative number for padding. mask: int32 [batch, n] -> [batch, 1, 1, n]. */
export function paddingBias(mask) {
    return sub(cast(mask, 'float32'), 1)
        .mul(1e9)
        .reshape([mask.dim(0), 1, 1, mask.dim(1)]);
}
//# sourceMappingURL=network.js.map