// A sparse mixture of SwiGLU experts behind a router, in place of a decoder block's feed-forward (Jiang et al. 2024).
import { addRows, gather, nonZero, scatterElements, softmax, topK, zeros } from '../../../graph/index.js';
import { Linear, Module } from '../../../nn/index.js';
/** One expert under Mixtral's names: w1 is the gate, w3 what it gates, w2 the way back. */
class Expert extends Module {
    w1;
    w2;
    w3;
    constructor(width, inner, outInit) {
        super();
        this.w1 = new Linear(width, inner, { bias: false });
        this.w2 = new Linear(inner, width, { bias: false, init: outInit });
        this.w3 = new Linear(width, inner, { bias: false });
    }
    forward(x, project) {
        return this.trace(() => project('down_proj', this.w2, project('gate_proj', this.w1, x)
            .silu()
            .mul(project('up_proj', this.w3, x))));
    }
}
/**
 * Mixture of experts: every token goes to the `active` experts that the router rates highest, weighted by the router's softmax over
 * those (Jiang et al. 2024, section 2.1). In graphs of fixed shapes every expert computes every token and unchosen ones are weighted zero,
 * at the cost of experts / active times the products. Where sizes are named, as in decoding, each expert is given its tokens alone.
 */
export class SparseMoe extends Module {
    options;
    gate;
    experts;
    constructor(width, inner, options) {
        super();
        this.options = options;
        this.gate = new Linear(width, options.experts, { bias: false });
        this.experts = Array.from({ length: options.experts }, () => new Expert(width, inner, options.outInit));
    }
    /** Router weights: [..., experts], zero but for the chosen ones, which sum to 1. x: [..., width]. */
    route(x) {
        return this.trace(() => {
            const scores = this.gate.forward(x);
            const best = topK(scores, this.options.active);
            const weights = softmax(best.values); // the softmax over all experts, divided by what the chosen ones got of it
            return scatterElements(zeros(scores.shape), best.indices, weights);
        });
    }
    /** x: [..., width] -> [..., width]. `whole`: adapters act on the projections, which have to see all tokens in their places. */
    forward(x, project, whole = false) {
        const named = x.shape.some((d) => typeof d === 'string');
        return this.trace(() => (named && !whole ? this.dispatched(x, project) : this.weighted(x, project)));
    }
    weighted(x, project) {
        const weights = this.route(x);
        const parts = this.experts.map((expert, e) => expert.forward(x, project).mul(weights.slice({ axis: -1, start: e, end: e + 1 })));
        return parts.reduce((a, b) => a.add(b));
    }
    /** The same sums in the same order without the terms that are zero; products of no rows read no weights. */
    dispatched(x, project) {
        const rows = x.reshape([-1, x.size(-1)]);
        const weights = this.route(rows);
        let sum = zeros(rows.shape);
        this.experts.forEach((expert, e) => {
            const mine = weights.slice({ axis: -1, start: e, end: e + 1 }); // [tokens, 1]
            const at = nonZero(mine.squeeze(1), `${this.path}.${e}.tokens`);
            sum = addRows(sum, at, expert.forward(gather(rows, at), project).mul(gather(mine, at)));
        });
        return sum.reshape(x.shape);
    }
}
//# sourceMappingURL=moe.js.map