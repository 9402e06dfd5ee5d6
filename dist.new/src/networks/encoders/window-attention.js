// Attention within windows: BERT's projections, a learned bias for every relative position, and a mask for shifted windows.
import { attention, constant, gather, Parameter } from '../../graph/index.js';
import { init, mergeHeads, splitHeads } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { BertAttention } from './bert-attention.js';
/** SwinSelfAttention. */
export class WindowAttention extends BertAttention {
    relative_position_bias_table;
    window;
    constructor(width, heads, { window, bias }) {
        super(width, heads, { bias });
        this.window = window;
        this.relative_position_bias_table = new Parameter([(2 * window - 1) ** 2, heads], init.normal(0.02));
    }
    /** x: [batch * windows, window², width]; mask: [windows, 1, window², window²] -> like x. */
    within(x, mask) {
        return this.trace(() => {
            const bias = this.bias(); // [heads, n, n]
            const { heads } = this;
            const n = bias.size(1);
            const windows = mask ? mask.size(0) : 1;
            const d = x.size(2) / heads;
            // The windows of one image stand beside its heads, so that each can have its own mask.
            const split = (y) => splitHeads(y, heads).reshape([-1, windows * heads, n, d]);
            const scores = mask
                ? bias
                    .unsqueeze(0)
                    .add(mask)
                    .reshape([1, windows * heads, n, n])
                : bias.unsqueeze(0);
            const out = attention(split(this.query.forward(x)), split(this.key.forward(x)), split(this.value.forward(x)), { mask: scores });
            return mergeHeads(out.reshape([x.dim(0), heads, n, d]));
        });
    }
    bias() {
        const s = this.window;
        const n = s * s;
        const index = Int32Array.from({ length: n * n }, (_, at) => {
            const [i, j] = [Math.floor(at / n), at % n];
            const rows = Math.floor(i / s) - Math.floor(j / s) + s - 1;
            return rows * (2 * s - 1) + (i % s) - (j % s) + s - 1;
        });
        return gather(this.relative_position_bias_table, constant(hostTensor('int32', [n, n], index))).transpose([2, 0, 1]);
    }
}
//# sourceMappingURL=window-attention.js.map