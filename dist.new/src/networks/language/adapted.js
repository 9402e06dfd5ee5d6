// How a decoder layer lets its adapters act: before it, on its projections, on what attention gives, around its feed-forward.
import { repeatHeads } from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
/** Keys and values that a layer's own projections make of rows beside the sequence, for every head of its queries. */
function keysBeside(layer, rows) {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = layer.c;
    const each = (x) => repeatHeads(splitHeads(x, kvHeads), heads / kvHeads);
    const keys = layer.eachHead(layer.k_proj.forward(rows), kvHeads, layer.k_norm);
    return { k: each(keys), v: each(layer.v_proj.forward(rows)) };
}
/** The adapters of one layer in one graph. Every method without adapters is the plain computation. */
export class Adapted {
    adapters;
    context;
    path;
    constructor(adapters, context, 
    /** Path of the layer, for messages. */
    path) {
        this.adapters = adapters;
        this.context = context;
        this.path = path;
    }
    /** True where adapters act on projections, which then have to see all tokens in their places. */
    get projects() {
        return this.adapters.some((a) => a.project);
    }
    /** The residual stream before the layer. */
    before(x) {
        return this.adapters.reduce((h, a) => a.before?.(h, this.context) ?? h, x);
    }
    project = (name, linear, x) => this.adapters.reduce((y, a) => a.project?.(name, linear, x, y, this.context) ?? y, linear.forward(x));
    /** What goes into the output projection of attention. Errors: `model.extension` for an adapter that needs heads where there are none. */
    attended({ out, heads }, layer) {
        let y = out;
        for (const a of this.adapters) {
            if (!a.attend)
                continue;
            if (!heads)
                throw new SensoriumError('model.extension', 'an adapter that acts on attention cannot run in this kind of graph', {
                    place: this.path,
                    got: a.constructor.name,
                    hint: 'Run it in training or cached decoding, or write the adapter with before, project or feedForward',
                });
            const { q, out: plain, scale } = heads();
            const keysOf = layer && ((rows) => ({ ...keysBeside(layer, rows), scale }));
            y = y.add(mergeHeads(a.attend(q, plain, this.context, keysOf)));
        }
        return y;
    }
    /** The feed-forward of a layer; x: what goes into it. */
    feed(x, plain) {
        const around = this.adapters.reduce((inner, a) => (y) => a.feedForward?.(y, inner, this.context) ?? inner(y), plain);
        return around(x);
    }
}
//# sourceMappingURL=adapted.js.map