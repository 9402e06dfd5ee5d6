// Ranking given options by their log-probability after a prompt: multiple choice without generating (MMBench, MMLU).

import type { Sequence } from '../model/sequence.js';
import type { Policy } from './policy.js';

/** How probable an option is. */
export interface RankedOption {
  /** Its place among the options. */
  index: number;
  /** Sum of the log-probabilities of its ids, or their mean. */
  score: number;
}

/**
 * Options best first, equals in order. `options`: ids that follow the prompt. `normalize`: 'mean' divides by the number of ids, so that long
 * options have a chance; default 'sum'. The prompt is computed once.
 */
export async function rankOptions(
  policy: Policy,
  prompt: Sequence,
  options: readonly ArrayLike<number>[],
  { normalize = 'sum' }: { normalize?: 'sum' | 'mean' } = {},
): Promise<RankedOption[]> {
  const n = prompt.ids.length;
  const sequences = options.map((option): Sequence => {
    const ids = Int32Array.from([...prompt.ids, ...Array.from(option)]);
    const kinds = prompt.positions ? prompt.positions.length / n : 0;
    const next = prompt.positions?.reduce((most, p) => Math.max(most, p + 1), 0) ?? 0;
    const positions = prompt.positions && new Int32Array(kinds * ids.length);
    for (let k = 0; k < kinds; k++)
      for (let i = 0; i < ids.length; i++)
        (positions as Int32Array)[k * ids.length + i] = i < n ? (prompt.positions?.[k * n + i] as number) : next + i - n;
    return { ...prompt, ids, positions, weights: new Float32Array(ids.length).fill(1, n) };
  });
  const scores = (await policy.score(sequences)).map((s) => s.subarray(n).reduce((sum, logProb) => sum + logProb, 0));
  const norm = (i: number): number => (normalize === 'mean' ? (options[i] as ArrayLike<number>).length : 1);
  return scores.map((score, index) => ({ index, score: score / norm(index) })).sort((a, b) => b.score - a.score);
}
