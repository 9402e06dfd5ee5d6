// Splitting a width into attention heads and joining them again, with attention between.

import { attention, type Dim, repeatHeads, type Tensor } from '../graph/index.js';

/** [batch, n, heads * d] -> [batch, heads, n, d]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [b, n, width] = x.shape as [Dim, Dim, number];
  return x.reshape([b, n, heads, width / heads]).transpose([0, 2, 1, 3]);
}

/** [batch, heads, n, d] -> [batch, n, heads * d]. */
export function mergeHeads(x: Tensor): Tensor {
  const [b, h, n, d] = x.shape as [Dim, number, Dim, number];
  return x.transpose([0, 2, 1, 3]).reshape([b, n, h * d]);
}

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
export function multiHead(q: Tensor, k: Tensor, v: Tensor, { heads, kvHeads = heads, ...options }: MultiHeadOptions): Tensor {
  const shared = (x: Tensor): Tensor => repeatHeads(splitHeads(x, kvHeads), heads / kvHeads);
  return mergeHeads(attention(splitHeads(q, heads), shared(k), shared(v), options));
}
