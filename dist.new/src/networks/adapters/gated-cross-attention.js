// Flamingo's gated cross-attention: before a layer, text attends to the rows of the last image before it, behind gates that open from zero.
import { z } from 'zod';
import { concat, not, Parameter, where, zeros } from '../../graph/index.js';
import { init, LayerNorm, Linear, Module, multiHead } from '../../nn/index.js';
import { defineAdapter } from './registry.js';
/** Two linear layers with GELU between them. */
class FeedForward extends Module {
    up;
    down;
    constructor(width, inner) {
        super();
        this.up = new Linear(width, inner, { bias: false });
        this.down = new Linear(inner, width, { bias: false });
    }
    forward(x) {
        return this.trace(() => this.down.forward(this.up.forward(x).gelu()));
    }
}
/** x + tanh(a) · attention(norm(x), media), then h + tanh(b) · feedForward(norm(h)) (Alayrac et al. 2022, figure 4); a = b = 0 at first. */
class GatedCrossAttention extends Module {
    heads;
    readsMedia = true;
    attn_norm;
    q_proj;
    k_proj;
    v_proj;
    o_proj;
    attn_gate = new Parameter([1], init.zeros);
    ff_norm;
    ff;
    ff_gate = new Parameter([1], init.zeros);
    constructor(width, heads, expansion) {
        super();
        this.heads = heads;
        this.attn_norm = new LayerNorm(width);
        const square = () => new Linear(width, width, { bias: false });
        [this.q_proj, this.k_proj, this.v_proj, this.o_proj] = [square(), square(), square(), square()];
        this.ff_norm = new LayerNorm(width);
        this.ff = new FeedForward(width, expansion * width);
    }
    before(x, { media }) {
        if (!media)
            return x;
        const { rows, visible } = media;
        const h = x.add(this.crossAttend(this.attn_norm.forward(x), rows, visible).mul(this.attn_gate.tanh()));
        return h.add(this.ff.forward(this.ff_norm.forward(h)).mul(this.ff_gate.tanh()));
    }
    /** x: [batch, n, width], rows: [m, width], visible: bool [batch, n, m] -> [batch, n, width], zero for tokens that see nothing. */
    crossAttend(x, rows, visible) {
        const width = x.size(-1);
        // One more key, for tokens without an image, whose value is zero.
        const and0 = (y) => concat([y, zeros([1, width])], 0).unsqueeze(0);
        const sees = visible.cast('int32').max([2], true).greater(0);
        const mask = where(concat([visible, not(sees)], 2), 0, -1e9);
        const q = this.q_proj.forward(x).reshape([1, -1, width]);
        const out = multiHead(q, and0(this.k_proj.forward(rows)), and0(this.v_proj.forward(rows)), {
            heads: this.heads,
            mask: mask.reshape([1, 1, -1, mask.dim(2)]),
        });
        return this.o_proj.forward(out).reshape(x.shape);
    }
}
const whole = z.number().int().positive();
/** Options: in every how manieth layer it acts, its heads (the decoder's by default), how much wider its feed-forward is. */
export const gatedCrossAttention = defineAdapter({
    kind: 'gated-cross-attention',
    options: z.object({ every: whole.default(4), heads: whole.optional(), expansion: whole.default(4) }),
    build: ({ every, heads, expansion }, layer, sizes) => layer % every === 0 ? new GatedCrossAttention(sizes.width, heads ?? sizes.heads, expansion) : undefined,
});
//# sourceMappingURL=gated-cross-attention.js.map