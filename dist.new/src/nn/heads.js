// Splitting a width into attention heads and joining them again, with attention between.
import { attention, repeatHeads } from '../graph/index.js';
/** [batch, n, heads * d] -> [batch, heads, n, d]. */
export function splitHeads(x, heads) {
    const [b, n, width] = x.shape;
    return x.reshape([b, n, heads, width / heads]).transpose([0, 2, 1, 3]);
}
/** [batch, heads, n, d] -> [batch, n, heads * d]. */
export function mergeHeads(x) {
    const [b, h, n, d] = x.shape;
    return x.transpose([0, 2, 1, 3]).reshape([b, n, h * d]);
}
/** Attention head by head (Vaswani et al. 2017). q: [batch, n, heads * d], k and v: [batch, m, kvHeads * d] -> [batch, n, heads * d]. */
export function multiHead(q, k, v, { heads, kvHeads = heads, ...options }) {
    const shared = (x) => repeatHeads(splitHeads(x, kvHeads), heads / kvHeads);
    return mergeHeads(attention(splitHeads(q, heads), shared(k), shared(v), options));
}
//# sourceMappingURL=heads.js.map