import { type Tensor } from '../graph/index.js';
/** [batch, n, heads * d] -> [batch, heads, n, d]. */
export declare function splitHeads(x: Tensor, heads: number): Tensor;
/** [batch, heads, n, d] -> [batch, n, heads * d]. */
export declare function mergeHeads(x: Tensor): Tensor;
export interface MultiHeadOptions {
    heads: number;
    /** Heads of keys and values, each for as many of the queries; as many as these by default. */
    kvHeads?: number;
    /** Added to the scores: broadcast to [batch, heads, n, m]. */
    mask?: Tensor;
    /** What scores are multiplied by; 1 / sqrt(d) by default. */
    scale?: number;
}
/** Attention head by head (Vaswani et al. 2017). q: [batch, n, heads * d], k and v: [batch, m, kvHeads * d] -> [batch, n, heads * d]. */
export declare function multiHead(q: Tensor, k: Tensor, v: Tensor, { heads, kvHeads, ...options }: MultiHeadOptions): Tensor;
