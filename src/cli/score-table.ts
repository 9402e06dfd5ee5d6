// The benchmark table in plain text: the model beside trivial baselines.

import { headOf, responders } from '../evaluate/report/table.js';
import type { BenchResult } from '../evaluate/runner.js';

/** Rows of a table as aligned lines; the first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[], columns: 'numbers' | 'words' = 'numbers'): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 || columns === 'words' ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const share = (value: number): string => value.toFixed(3);

/** The scores of a model with their 95 % intervals, and its baselines' beside them. Scores of nothing and details are left out. */
export function scoreTable(results: readonly BenchResult[]): string {
  const others = responders(results).filter((who) => who !== 'model');
  const rows: string[][] = [['', 'model', '95 %', ...others.map((who) => headOf(who).name), 'n']];
  for (const { title, scores } of results)
    for (const { name, value, low, high, n, better, detail } of scores.model ?? []) {
      if (n === 0 || detail) continue;
      const beside = others.map((who) => scores[who]?.find((score) => score.name === name));
      const label = `${title} ${name}${better === 'lower' ? ' (lower is better)' : ''}`;
      rows.push([label, share(value), `${share(low)}-${share(high)}`, ...beside.map((s) => (s ? share(s.value) : '')), String(n)]);
    }
  return alignColumns(rows);
}
