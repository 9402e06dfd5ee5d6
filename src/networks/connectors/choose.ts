// Choosing among tokens by how alike they are: what token resamplers, pruning and merging share. Choices have no gradient, the chosen tokens do.

import { cast, constant, detach, gatherElements, normalize, type Tensor, topK } from '../../graph/index.js';
import { hostTensor } from '../../util/host.js';

/** Cosines between tokens: x [batch, n, width], y [batch, m, width] -> [batch, n, m]; no gradient passes. */
export function cosines(x: Tensor, y: Tensor = x): Tensor {
  return normalize(detach(x)).matMul(normalize(detach(y)).transpose());
}

/** Tokens at `places`: x [batch, n, width], places int64 [batch, m] -> [batch, m, width]. */
export function pick(x: Tensor, places: Tensor): Tensor {
  const [b, m, width] = [x.dim(0), places.size(1), x.size(2)];
  return gatherElements(x, places.unsqueeze(2).expand([b, m, width]), 1);
}

/** Places in ascending order: int64 [batch, m]. */
export function ascending(places: Tensor): Tensor {
  return cast(topK(cast(places, 'float32').neg(), places.size(1)).values.neg(), 'int64');
}

/** The `m` places with the smallest scores, in their own order. scores: [batch, n] -> int64 [batch, m]. */
export function smallest(scores: Tensor, m: number): Tensor {
  return ascending(topK(scores.neg(), m).indices);
}

/**
 * TextMonkey's measure of redundancy: the largest cosine with a token that stands behind. The last token, which has none behind, is below all
 * others. x: [batch, n, width] -> [batch, n].
 */
export function redundancy(x: Tensor): Tensor {
  const n = x.size(1);
  const before = hostTensor('float32', [n, n]);
  for (let row = 0; row < n; row++) before.data.fill(2, row * n, row * n + row + 1);
  return cosines(x).sub(constant(before)).max(-1);
}
