// Positions as a tensor: 0, 1, 2, … up to a fixed or a named number, and which of them a query sees.

import { and, constant, cumSum, type Dim, less, lessEqual, sized, sub, type Tensor, zeros } from '../graph/index.js';
import { hostTensor } from '../util/host.js';

/** int32 [n]: 0, 1, 2, …; also where n is a name. */
export function counted(n: number | string): Tensor {
  const [length] = sized([n]) as [Dim];
  if (typeof length === 'string') return sub(cumSum(zeros([length], 'int32').add(1), 0), 1);
  const data = Int32Array.from({ length }, (_, i) => i);
  return constant(hostTensor('int32', [length], data));
}

/** bool, the shapes of int32 `query` and `key` broadcast: keys that are not after the query, and fewer than `window` before it. */
export function visible(query: Tensor, key: Tensor, window: number | undefined): Tensor {
  const causal = lessEqual(key, query);
  return window === undefined ? causal : and(causal, less(sub(query, key), window));
}
