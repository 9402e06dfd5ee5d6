// Cohen's kappa: agreement of two raters beyond what their habits alone would give (Cohen 1960), with its large-sample interval.

import type { Proportion } from '../wilson.js';

/** Kappa of pairs of ratings, its 95 % interval by the normal approximation; 0 where both raters always say the same one thing. */
export function kappa<T>(pairs: readonly (readonly [T, T])[]): Proportion {
  const n = pairs.length;
  if (n === 0) return { value: 0, low: -1, high: 1, n };
  const observed = pairs.filter(([a, b]) => a === b).length / n;
  const labels = new Set(pairs.flat());
  let chance = 0;
  for (const label of labels) chance += (pairs.filter(([a]) => a === label).length * pairs.filter(([, b]) => b === label).length) / n ** 2;
  if (chance === 1) return { value: 0, low: -1, high: 1, n };
  const value = (observed - chance) / (1 - chance);
  const half = 1.959964 * Math.sqrt((observed * (1 - observed)) / (n * (1 - chance) ** 2));
  return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half), n };
}
