// The decoder-only transformer that LLaMA, Qwen and Mixtral share: blocks of attention and feed-forward that take adapters.
import { input, silu } from '../../graph/index.js';
import { Embedding, init, Linear, Module, RmsNorm } from '../../nn/index.js';
import { stack } from '../stack.js';
import { Adapted } from './adapted.js';
import { SelfAttention, wholeSequence } from './attention.js';
import { overCache } from './cache.js';
/** Branches that add to the residual stream start smaller, by the depth (GPT-2). */
export const residualInit = (c) => init.fanIn(1 / Math.sqrt(2 * c.num_hidden_layers));
/** down(silu(gate(x)) * up(x)), or with another `activation` than SiLU (Shazeer 2020). */
export class GatedMlp extends Module {
    gate_proj;
    up_proj;
    down_proj;
    activation;
    constructor(width, inner, o = {}) {
        super();
        const { bias = false, outInit, out = width } = o;
        this.activation = o.activation ?? silu;
        this.gate_proj = new Linear(width, inner, { bias });
        this.up_proj = new Linear(width, inner, { bias });
        this.down_proj = new Linear(inner, out, { bias, init: outInit });
    }
    /** x: [..., width] -> [..., out], the width where nothing else is said. */
    forward(x, project = (_, linear, y) => linear.forward(y)) {
        return this.trace(() => {
            const gate = this.activation(project('gate_proj', this.gate_proj, x));
            return project('down_proj', this.down_proj, gate.mul(project('up_proj', this.up_proj, x)));
        });
    }
}
/** Attention and feed-forward around a residual stream, open to adapters. */
export class DecoderBlock extends Module {
    self_attn;
    /** One of the two. */
    mlp;
    block_sparse_moe;
    input_layernorm;
    post_attention_layernorm;
    adapters = [];
    constructor(c, traits) {
        super();
        this.self_attn = new SelfAttention(c, traits, residualInit(c));
        const { mlpBias: bias, activation, experts, rmsNorm: Norm = RmsNorm } = traits;
        if (experts)
            this.block_sparse_moe = experts();
        else
            this.mlp = new GatedMlp(c.hidden_size, c.intermediate_size, { bias, activation, outInit: residualInit(c) });
        this.input_layernorm = new Norm(c.hidden_size, c.rms_norm_eps);
        this.post_attention_layernorm = new Norm(c.hidden_size, c.rms_norm_eps);
    }
    /** x: [batch, n, width] -> [batch, n, width]. */
    forward(x, strategy, context) {
        return this.trace(() => {
            const adapted = new Adapted(this.adapters, context, this.path);
            const entered = adapted.before(x);
            const h = entered.add(this.attend(entered, strategy, adapted));
            return h.add(this.feed(h, adapted));
        });
    }
    /** What attention adds to the residual stream. */
    attend(x, strategy, adapted) {
        return this.self_attn.forward(this.input_layernorm.forward(x), strategy, adapted);
    }
    /** What the feed-forward adds. */
    feed(x, adapted, norm = this.post_attention_layernorm) {
        const mlp = this.block_sparse_moe ?? this.mlp;
        return adapted.feed(norm.forward(x), (y) => mlp.forward(y, adapted.project, adapted.projects));
    }
}
class DecoderBody extends Module {
    embed_tokens;
    layers;
    norm;
    /** Behind the norm; empty in the plain model. */
    adapters = [];
    constructor(c, traits) {
        super();
        this.embed_tokens = new Embedding(c.vocab_size, traits.embeddingWidth ?? c.hidden_size, init.normal(c.tie_word_embeddings ? 1 / Math.sqrt(c.hidden_size) : 0.02));
        this.layers = stack(c.num_hidden_layers, traits.layer ?? (() => new DecoderBlock(c, traits)));
        this.norm = traits.norm?.() ?? new (traits.rmsNorm ?? RmsNorm)(c.hidden_size, c.rms_norm_eps);
    }
}
/** A decoder-only language model under the names of transformers' `…ForCausalLM` classes. */
export class CausalDecoder extends Module {
    config;
    model;
    lm_head;
    /** Positions of each token that decoding over caches is fed; 0 where the place in the cache says all. */
    positionKinds = 0;
    constructor(config, traits) {
        super();
        this.config = config;
        this.model = new DecoderBody(config, traits);
        const read = traits.embeddingWidth ?? config.hidden_size;
        if (!config.tie_word_embeddings)
            this.lm_head = new Linear(read, config.vocab_size, { bias: false });
    }
    get width() {
        return this.config.hidden_size;
    }
    /** Width of the rows of media: that of embeddings, unless they have parts for later layers too (DeepStack). */
    get rowWidth() {
        return this.width;
    }
    /** Tokens are sent to experts. */
    get sparse() {
        return this.model.layers.some((layer) => layer instanceof DecoderBlock && layer.block_sparse_moe);
    }
    /** Adapters act in its layers. */
    get adapted() {
        return this.model.layers.some(({ adapters }) => adapters.length > 0);
    }
    /** Adapters in its layers attend to rows of media. */
    get readsMedia() {
        return this.model.layers.some(({ adapters }) => adapters.some((a) => a.readsMedia));
    }
    /** An adapter at the end has a switch that every sequence sets for itself. */
    get switched() {
        return this.model.adapters.some((a) => a.end);
    }
    /** The parameters by the names that training has for parts; none of vision or connector. */
    parts() {
        const embeddings = [this.model.embed_tokens, this.lm_head].flatMap((module) => module?.parameters() ?? []);
        return { vision: [], connector: [], language: this.parameters(), embeddings };
    }
    /** ids: int [batch, n] -> [batch, n, width]. */
    embed(ids) {
        return this.model.embed_tokens.forward(ids);
    }
    /** Hidden states after the last norm. x: [batch, n, width] -> the same. `after` may change what comes out of a layer. */
    hidden(x, strategy, { imageMask, media } = {}, after = (h, _layer) => h) {
        return this.trace(() => {
            const step = (h, block, layer) => after(block.forward(h, strategy, { layer, imageMask, media }), layer);
            return this.model.norm.forward(this.model.layers.reduce(step, this.enter(x, strategy)));
        });
    }
    /** What embeddings go through before the first layer; nothing, where positions are rotary. */
    enter(x, _strategy) {
        return x;
    }
    /** What the head reads of a model with a switch: hidden states [n, width], `epsilon` [n] -> [n, width]. */
    turned(hidden, epsilon) {
        return this.model.adapters.reduce((h, a) => a.end?.(h, epsilon) ?? h, hidden);
    }
    /** hidden: [..., width] -> logits [..., vocab]. */
    logits(hidden) {
        return this.trace(() => (this.lm_head ? this.lm_head.forward(hidden) : hidden.matMul(this.model.embed_tokens.weight.transpose())));
    }
    /** Whole sequences with fixed shapes: embeddings [batch, n, width] -> hidden states. */
    sequence(x, options = {}) {
        return this.hidden(x, this.wholeSequence(x.size(0), x.size(1), options), options);
    }
    /** Declares the input `positions` of whole sequences: int32 [batch, n], or [positionKinds, batch, n] where tokens have several. */
    trainingPositions(batch, n) {
        const kinds = this.positionKinds;
        return input('positions', kinds > 0 ? [kinds, batch, n] : [batch, n], 'int32');
    }
    /** Causal attention over a whole sequence of `n` tokens. */
    wholeSequence(batch, n, options = {}) {
        return wholeSequence(this.config, batch, n, options);
    }
    /** Attention over caches of up to `capacity` positions; named dimensions `batch`, `seq`, `capacity`. Returns the strategy with its outputs. */
    overCache(capacity, rotation) {
        return overCache(this.config, capacity, rotation);
    }
}
//# sourceMappingURL=decoder.js.map