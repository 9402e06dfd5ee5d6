// Rows without a reply: a server refused them, a file of replies does not have them. They are counted and named, and in no other score.

import { SensoriumError } from '../util/errors.js';
import { questionOf, type Row, type Score } from './benchmark.js';
import { rowKeys } from './row-keys.js';
import { groupBy, share } from './scores.js';

/** A row without a reply. */
export interface FailedRow {
  /** As `rowKeys` names it. */
  row: string;
  question: string;
  reason: string;
}

/**
 * The places of the rows that can be scored, and the rows that failed by their reasons. Of rows that are scored together all go where one
 * failed: half a pair is no pair. Errors: `evaluate.replies` where no row is left.
 */
export function withoutFailed(
  bench: string,
  rows: readonly Row[],
  failures: ReadonlyMap<number, string> = new Map(),
): { kept: number[]; failed: FailedRow[] } {
  const all = Array.from(rows, (_, i) => i);
  if (failures.size === 0) return { kept: all, failed: [] };
  const keys = rowKeys(rows);
  const groups = groupBy(all, (i) => rows[i]?.group ?? `row ${i}`);
  const kept: number[] = [];
  const failed: FailedRow[] = [];
  for (const i of all) {
    const own = failures.get(i);
    const row = rows[i] as Row;
    const partner = (groups.get(row.group ?? `row ${i}`) as number[]).find((j) => failures.has(j));
    if (own === undefined && partner === undefined) kept.push(i);
    else
      failed.push({
        row: keys[i] as string,
        question: questionOf(row.messages),
        reason: own ?? `is scored together with ${keys[partner as number]}, which has no reply`,
      });
  }
  if (kept.length > 0) return { kept, failed };
  throw new SensoriumError('evaluate.replies', 'no row has a reply', {
    place: bench,
    expected: `replies to ${rows.length} rows`,
    got: `none; of ${failed[0]?.row}: ${failed[0]?.reason}`,
  });
}

/** The share of rows that failed; nothing where all have a reply. */
export function failedScore(failed: number, n: number): Score[] {
  return failed === 0 ? [] : [share('failed', failed, n, { better: 'lower', note: 'rows without a reply, in no other score' })];
}
