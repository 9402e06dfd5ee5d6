// The benchmark table in plain text: the model beside what is had for nothing.

import type { Baselines, BenchBlock } from '../evaluate/runner.js';

/** Rows of a table as aligned lines; the first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const share = (value: number): string => value.toFixed(3);

interface Row {
  name: string;
  score: (block: BenchBlock) => { value: number; interval?: readonly [number, number]; n: number } | undefined;
}

const POPE = ['random', 'popular', 'adversarial'] as const;
const VQA = ['existence', 'color', 'count', 'relation', 'text'] as const;

const ROWS: readonly Row[] = [
  ...POPE.map(
    (kind): Row => ({
      name: `POPE F1, ${kind}`,
      score: ({ pope }) => pope[kind] && { value: pope[kind].f1, interval: pope[kind].f1Interval, n: pope[kind].n },
    }),
  ),
  ...VQA.map(
    (type): Row => ({
      name: `VQA ${type}`,
      score: ({ vqa }) => vqa[type] && { value: vqa[type].value, interval: [vqa[type].low, vqa[type].high], n: vqa[type].n },
    }),
  ),
  {
    name: 'caption CHAIR-i (less is better)',
    score: ({ caption: c }) => ({ value: c.chairI, interval: c.intervals.chairI, n: c.mentions }),
  },
  { name: 'caption CHAIR-s (less is better)', score: ({ caption: c }) => ({ value: c.chairS, interval: c.intervals.chairS, n: c.n }) },
  { name: 'caption cover', score: ({ caption: c }) => ({ value: c.cover, interval: c.intervals.cover, n: c.n }) },
];

/** The scores of a model with their 95 % intervals, and its baselines' beside them. Rows without samples are left out. */
export function scoreTable(bench: BenchBlock, baselines?: Baselines): string {
  const others = baselines ? (['blind', 'alwaysYes', 'alwaysNo'] as const) : [];
  const rows: string[][] = [
    ['', 'model', '95 %', ...others.map((name) => ({ blind: 'blind', alwaysYes: 'always yes', alwaysNo: 'always no' })[name]), 'n'],
  ];
  for (const { name, score } of ROWS) {
    const own = score(bench);
    if (own === undefined || own.n === 0) continue;
    const interval = own.interval ? `${share(own.interval[0])}-${share(own.interval[1])}` : '';
    const rest = others.map((other) => {
      const cell = baselines && score(baselines[other]);
      return cell ? share(cell.value) : '';
    });
    rows.push([name, share(own.value), interval, ...rest, String(own.n)]);
  }
  return alignColumns(rows);
}
