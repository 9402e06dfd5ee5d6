// Splitting a width into attention heads and joining them again.

import type { Dim, Tensor } from '../graph/index.js';

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
