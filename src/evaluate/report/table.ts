// The benchmark table: every score with its interval, the model beside what is had for nothing.

import { NEGATIVES } from '../pope.js';
import type { BenchBlock } from '../runner.js';
import { QUESTION_TYPES } from '../vqa.js';
import { Html, html, share } from './html.js';

/** One column of the table. */
export interface Column {
  name: string;
  /** What it is, in a few words. */
  note: string;
  block: BenchBlock;
}

interface Cell {
  value: number;
  low?: number;
  high?: number;
  n: number;
}
interface Row {
  name: string;
  note?: string;
  /** True where less is better. */
  down?: boolean;
  cell: (block: BenchBlock) => Cell;
}

const rows: { title: string; rows: Row[] }[] = [
  {
    title: 'POPE, yes/no probes for objects',
    rows: NEGATIVES.flatMap((kind): Row[] => [
      {
        name: `F1, ${kind}`,
        cell: ({ pope }) => ({ value: pope[kind].f1, low: pope[kind].f1Interval[0], high: pope[kind].f1Interval[1], n: pope[kind].n }),
      },
      {
        name: `accuracy, ${kind}`,
        cell: ({ pope }) => ({
          value: pope[kind].accuracy,
          low: pope[kind].accuracyInterval[0],
          high: pope[kind].accuracyInterval[1],
          n: pope[kind].n,
        }),
      },
    ]),
  },
  {
    title: 'Questions (VQA), exact match',
    rows: QUESTION_TYPES.map((type) => ({ name: type, cell: ({ vqa }) => vqa[type] })),
  },
  {
    title: 'Captions, against the objects that are there',
    rows: [
      {
        name: 'CHAIR-i',
        down: true,
        note: 'made-up objects among all that are named',
        cell: ({ caption: c }) => ({ value: c.chairI, low: c.intervals.chairI[0], high: c.intervals.chairI[1], n: c.mentions }),
      },
      {
        name: 'CHAIR-s',
        down: true,
        note: 'captions with a made-up object',
        cell: ({ caption: c }) => ({ value: c.chairS, low: c.intervals.chairS[0], high: c.intervals.chairS[1], n: c.n }),
      },
      {
        name: 'cover',
        note: 'true objects that are named',
        cell: ({ caption: c }) => ({ value: c.cover, low: c.intervals.cover[0], high: c.intervals.cover[1], n: c.n }),
      },
    ],
  },
];

/** A share with its interval as text and as a line on a 0–1 track. */
export function scoreCell({ value, low, high, n }: Cell, bar: boolean): Html {
  if (n === 0) return html`<td class="score none" title="nothing to score">–</td>`;
  const between = low !== undefined && high !== undefined;
  const track = (v: number): string => (v * 100).toFixed(1);
  return html`<td class="score"><b>${share(value)}</b>${between && html`<small>${share(low)}–${share(high)}</small>`}${
    bar &&
    between &&
    html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><path class="track" d="M0 3H100"/><path class="band" d="M${track(low)} 3H${track(high)}"/><path class="dot" d="M${track(value)} 0V6"/></svg>`
  }</td>`;
}

/** The whole table; the first column is the model. With `over`, a last column says how far the model is above that column. */
export function benchTable(columns: readonly Column[], over?: string): Html {
  const reference = columns.find((c) => c.name === over);
  const width = columns.length + (reference ? 2 : 1);
  const line = ({ name, note, down, cell }: Row): Html => {
    const cells = columns.map(({ block }) => cell(block));
    const first = cells[0];
    const other = reference && cells[columns.indexOf(reference)];
    const gain = first && other && first.n > 0 && other.n > 0 ? first.value - other.value : undefined;
    return html`<tr><th scope="row">${name}${down && html` <span class="down">lower is better</span>`}${note && html`<small>${note}</small>`}</th>${cells.map(
      (c, i) => scoreCell(c, i === 0),
    )}${reference && html`<td class="score gain">${gain === undefined ? '–' : `${gain >= 0 ? '+' : '−'}${share(Math.abs(gain))}`}</td>`}</tr>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label="benchmark table"><table>
<thead><tr><th scope="col">measure</th>${columns.map((c) => html`<th scope="col">${c.name}<small>${c.note}</small></th>`)}${
    reference && html`<th scope="col">model − ${over}</th>`
  }</tr></thead>
${rows.map(
  (group) => html`<tbody><tr class="group"><th colspan="${width}" scope="colgroup">${group.title}</th></tr>${group.rows.map(line)}</tbody>
`,
)}</table></div>`;
}

/** Precision, recall, yes-ratio and unreadable replies behind the F1 values, with the official parser's F1 where it applies. */
export function popeTable(columns: readonly Column[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="POPE details"><table>
<thead><tr><th scope="col">answerer</th><th scope="col">absent objects</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">yes ratio</th><th scope="col">neither</th><th scope="col">n</th><th scope="col">F1, official parser</th></tr></thead>
<tbody>${columns.flatMap(({ name, block }) =>
    NEGATIVES.map((kind, i) => {
      const s = block.pope[kind];
      const official = block.popeOfficial?.[kind];
      return html`<tr${new Html(i === 0 ? ' class="first"' : '')}><th scope="row">${name}</th><td>${kind}</td><td class="score">${share(s.precision)}</td><td class="score">${share(s.recall)}</td><td class="score">${share(s.yesRatio)}</td><td class="score">${s.unknown}</td><td class="score">${s.n}</td><td class="score">${official ? share(official.f1) : '–'}</td></tr>
`;
    }),
  )}</tbody></table></div>`;
}
