// Cross-attention of tokens to rows of media, of which each token may see some: what adapters that read images share.

import { concat, not, type Tensor, where, zeros } from '../../graph/index.js';
import { multiHead } from '../../nn/index.js';

/**
 * q: [batch, n, inner]; keys and values: [m, inner]; visible: bool [batch, n, m] -> [batch, n, inner], zero for tokens that see nothing: for them
 * there is one more key, whose value is zero.
 */
export function attendMedia(q: Tensor, { k, v, visible }: { k: Tensor; v: Tensor; visible: Tensor }, heads: number): Tensor {
  const inner = q.size(-1);
  const and0 = (y: Tensor): Tensor => concat([y, zeros([1, inner])], 0).unsqueeze(0);
  const sees = visible.cast('int32').max([2], true).greater(0);
  const mask = where(concat([visible, not(sees)], 2), 0, -1e9);
  const out = multiHead(q.reshape([1, -1, inner]), and0(k), and0(v), { heads, mask: mask.reshape([1, 1, -1, mask.dim(2)]) });
  return out.reshape(q.shape);
}
