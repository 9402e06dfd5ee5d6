// The contribution of each row to the scores of its benchmark, for logs of samples and paired tests: found by scoring rows alone.

import type { Answered, Benchmark } from './benchmark.js';

/** A row's part in a score: its value, and how many observations stand behind it (the objects of a caption, say). */
export interface RowScore {
  value: number;
  n: number;
}

const same = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

/**
 * The scores of every row by name. Only scores that are means over rows, weighted by `n`, have such parts: accuracy, CHAIR-i, recall. F1,
 * BLEU, CIDEr-D and scores of pairs are left out, because their value over all rows is not the mean of what rows alone give.
 */
export function rowScores(benchmark: Benchmark, done: readonly Answered[]): Map<string, RowScore>[] {
  const alone = done.map(
    (row) =>
      new Map(
        benchmark
          .score([row])
          .filter(({ n, value }) => n > 0 && Number.isFinite(value))
          .map(({ name, value, n }): [string, RowScore] => [name, { value, n }]),
      ),
  );
  const sums = new Map<string, { above: number; below: number }>();
  for (const scores of alone)
    for (const [name, { value, n }] of scores) {
      const sum = sums.get(name) ?? { above: 0, below: 0 };
      sums.set(name, { above: sum.above + value * n, below: sum.below + n });
    }
  const means = new Set(
    benchmark.score(done).flatMap(({ name, value }) => {
      const sum = sums.get(name);
      return sum && same(sum.above / sum.below, value) ? [name] : [];
    }),
  );
  for (const scores of alone) for (const name of [...scores.keys()]) if (!means.has(name)) scores.delete(name);
  return alone;
}

/** Whether nothing could be read from a reply, by the benchmark's own score of that name. */
export const isUnparsed = (scores: ReadonlyMap<string, RowScore>): boolean =>
  [...scores].some(([name, { value }]) => value === 1 && /^(?:unparsed|unreadable)(?:,|$)/.test(name));
