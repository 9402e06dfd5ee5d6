// The loss of an objective with the losses that modules of its network add.

import type { Tensor } from '../graph/index.js';
import { withAuxiliaryLosses } from '../nn/index.js';
import type { ObjectiveGraph } from './objective.js';

/**
 * What `trace` gives, its loss with every auxiliary loss of the modules traced in it, by its weight. Losses of one name are reported as their mean, without the
 * weight. A graph without any is the same.
 */
export function withAuxiliary(trace: () => ObjectiveGraph): ObjectiveGraph {
  const { result, losses } = withAuxiliaryLosses(trace);
  if (losses.length === 0) return result;
  const named = new Map<string, Tensor[]>();
  for (const { name, value } of losses) named.set(name, [...(named.get(name) ?? []), value]);
  const means = [...named].map(([name, values]) => [name, values.reduce((a, b) => a.add(b)).div(values.length)] as const);
  const loss = losses.reduce((sum, { value, weight }) => sum.add(value.mul(weight)), result.loss);
  return { ...result, loss, metrics: { ...result.metrics, ...Object.fromEntries(means) } };
}
