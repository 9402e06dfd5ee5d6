// Self-attention of the decoder-only families: the projections, and causal attention over whole sequences.
import { and, arange, attention, causalMask, constant, equal, less, lessEqual, repeatHeads, sub, where, } from '../../graph/index.js';
import { Linear, Module, mergeHeads, RmsNorm, splitHeads } from '../../nn/index.js';
import { ropeTable, rotator, tablesByLayer } from './rope.js';
/** q, k, v and o projections, with norms on the heads of q and k where the family has them. */
export class SelfAttention extends Module {
    c;
    q_proj;
    k_proj;
    v_proj;
    o_proj;
    q_norm;
    k_norm;
    constructor(c, { qkvBias = false, outBias = false, qkNorm = false, rmsNorm: Norm = RmsNorm }, outInit) {
        super();
        this.c = c;
        const [q, kv] = [c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim];
        this.q_proj = new Linear(c.hidden_size, q, { bias: qkvBias });
        this.k_proj = new Linear(c.hidden_size, kv, { bias: qkvBias });
        this.v_proj = new Linear(c.hidden_size, kv, { bias: qkvBias });
        this.o_proj = new Linear(q, c.hidden_size, { bias: outBias, init: outInit });
        if (!qkNorm)
            return;
        this.q_norm = new Norm(c.head_dim, c.rms_norm_eps);
        this.k_norm = new Norm(c.head_dim, c.rms_norm_eps);
    }
    /** x: [batch, n, width] -> the same. */
    forward(x, strategy, adapted) {
        const { num_attention_heads: heads, num_key_value_heads: kvHeads } = this.c;
        const { project, context } = adapted;
        const [q, k, v] = [project('q_proj', this.q_proj, x), project('k_proj', this.k_proj, x), project('v_proj', this.v_proj, x)];
        const normed = [this.eachHead(q, heads, this.q_norm), this.eachHead(k, kvHeads, this.k_norm)];
        return project('o_proj', this.o_proj, adapted.attended(strategy.attend(...normed, v, context.layer), this));
    }
    eachHead(x, heads, norm) {
        if (!norm)
            return x;
        return norm.forward(x.reshape([x.dim(0), x.dim(1), heads, this.c.head_dim])).reshape(x.shape);
    }
}
/**
 * How many tokens a token of this layer sees, itself included; undefined for all. `layer_types` says which layers look through a window,
 * or `max_window_layers` from where on (Qwen2), or all do (Mistral).
 */
export function windowOf(c, layer) {
    if (!c.sliding_window || c.use_sliding_window === false)
        return undefined;
    const within = c.layer_types ? c.layer_types[layer] === 'sliding_attention' : layer >= (c.max_window_layers ?? 0);
    return within ? c.sliding_window : undefined;
}
/** What attention scores are multiplied by. */
export const scoreScale = (c) => 1 / Math.sqrt(c.query_pre_attn_scalar ?? c.head_dim);
/** Causal attention over whole sequences of `n` tokens. */
export function wholeSequence(c, batch, n, { rotation, positions, segments } = {}) {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = c;
    const places = () => positions ?? constant({ dtype: 'int32', shape: [batch, n], data: Int32Array.from({ length: batch * n }, (_, i) => i % n) });
    const rotate = rotator(c, rotation ?? { at: places(), table: tablesByLayer(c, (rope) => ropeTable(rope, n)) });
    const masks = new Map();
    const maskFor = (window) => {
        const mask = masks.get(window) ?? maskOf(n, window, segments);
        masks.set(window, mask);
        return mask;
    };
    return {
        positions: places,
        attend: (q, k, v, layer) => {
            const mask = maskFor(windowOf(c, layer));
            const [Q, K, V] = [rotate(splitHeads(q, heads), layer), rotate(splitHeads(k, kvHeads), layer), splitHeads(v, kvHeads)];
            const groups = heads / kvHeads;
            const out = attention(Q, repeatHeads(K, groups), repeatHeads(V, groups), { mask, scale: scoreScale(c) });
            return { out: mergeHeads(out), heads: () => ({ q: Q, out, scale: scoreScale(c) }) };
        },
    };
}
/** bool, the shapes of int32 `query` and `key` broadcast: keys that are not after the query, and fewer than `window` before it. */
export function visible(query, key, window) {
    const causal = lessEqual(key, query);
    return window === undefined ? causal : and(causal, less(sub(query, key), window));
}
/** Additive mask, [n, n] or with segments [batch, 1, n, n]: causal, within a window and within a segment where there are such. */
function maskOf(n, window, segments) {
    if (!segments && !window)
        return causalMask(n);
    const order = arange(n);
    const among = visible(order.reshape([n, 1]), order.reshape([1, n]), window);
    if (!segments)
        return where(among, 0, -1e9);
    const b = segments.size(0);
    return where(and(equal(segments.reshape([b, 1, n, 1]), segments.reshape([b, 1, 1, n])), among), 0, -1e9);
}
//# sourceMappingURL=attention.js.map