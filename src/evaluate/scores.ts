// Scores of a benchmark from counts and values of its rows, each with its interval.

import type { Answered, Row, Score } from './benchmark.js';
import { meanInterval } from './metrics/resample.js';
import { withoutThinking } from './reply.js';
import { proportion } from './wilson.js';

type More = Partial<Pick<Score, 'better' | 'note' | 'detail'>>;

/** A share of `n` with Wilson's interval. */
export const share = (name: string, k: number, n: number, more: More = {}): Score => ({
  name,
  ...proportion(k, n),
  better: 'higher',
  ...more,
});

/** The share of rows for which `test` holds. */
export const shareOf = <R>(name: string, rows: readonly R[], test: (row: R) => boolean, more: More = {}): Score =>
  share(name, rows.filter(test).length, rows.length, more);

/** A mean of values in 0..1: it varies no more than a proportion does, so Wilson's interval holds it. */
export const meanShare = (name: string, values: readonly number[], more: More = {}): Score =>
  share(
    name,
    values.reduce((a, b) => a + b, 0),
    values.length,
    more,
  );

/** A mean of values in `range`, with the interval of the normal approximation. */
export const meanScore = (name: string, values: readonly number[], range: readonly [number, number], more: More = {}): Score => ({
  name,
  ...meanInterval(values, range),
  better: 'higher',
  ...more,
});

/** The share of replies that no parser could read. */
export const unparsed = <R>(rows: readonly R[], test: (row: R) => boolean, note = 'replies that commit to no answer'): Score =>
  shareOf('unparsed', rows, test, { better: 'lower', note });

/** The share of replies in which nothing is left to read after the thinking. */
export const unanswered = (rows: readonly { reply: string }[]): Score =>
  unparsed(rows, ({ reply }) => withoutThinking(reply).trim() === '', 'replies without an answer');

/** Rows by a key, in the order in which the keys come. */
export function groupBy<R>(rows: readonly R[], key: (row: R) => string): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const name = key(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return groups;
}

/** The scores of all rows, then in detail those that `ofPart` gives for each kind where there are several: `accuracy, color`. */
export function withParts<R extends Row>(
  done: readonly Answered<R>[],
  scoresOf: (rows: readonly Answered<R>[]) => Score[],
  ofPart: (rows: readonly Answered<R>[]) => Score[] = scoresOf,
): Score[] {
  const parts = groupBy(done, ({ kind }) => kind);
  const own =
    parts.size < 2
      ? []
      : [...parts].flatMap(([part, rows]) => ofPart(rows).map((score) => ({ ...score, name: `${score.name}, ${part}`, detail: true })));
  return [...scoresOf(done), ...own];
}
