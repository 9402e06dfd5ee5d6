// The benchmark table: every score with its interval, the model beside trivial baselines.

import type { Score } from '../benchmark.js';
import type { BenchResult } from '../runner.js';
import { type Html, html, share } from './html.js';

/** One column of the table. */
export interface Column {
  name: string;
  /** What it is, in a few words. */
  note: string;
  /** Its scores of a benchmark, or undefined where it has none. */
  scores(bench: string): readonly Score[] | undefined;
}

/** How the degenerate responders are headed; others go by their own name. */
const HEADS: Readonly<Record<string, { name: string; note: string }>> = {
  model: { name: 'model', note: 'is given the image' },
  blind: { name: 'blind', note: 'same model, mean image' },
  shuffled: { name: 'shuffled', note: 'same model, frames out of order' },
  alwaysYes: { name: 'always yes', note: 'names everything' },
  alwaysNo: { name: 'always no', note: 'names nothing' },
  firstOption: { name: 'first option', note: 'the first of the choices' },
  longestOption: { name: 'longest option', note: 'the longest of the choices' },
  random: { name: 'random', note: 'a choice at random' },
  silent: { name: 'silent', note: 'says nothing' },
  truth: { name: 'truth', note: 'the true answers, judged' },
  mostFrequent: { name: 'most frequent', note: 'the commonest answer' },
};

/** The heading of a responder. */
export const headOf = (who: string): { name: string; note: string } => HEADS[who] ?? { name: who, note: '' };

/** The responders of some results in the order of their columns: the model, the model blind, all others. */
export function responders(results: readonly BenchResult[]): string[] {
  const names = new Set(results.flatMap(({ scores }) => Object.keys(scores)));
  return [...new Set(['model', 'blind', ...names])].filter((name) => names.has(name));
}

/** A column for each responder of some results. */
export function columnsOf(results: readonly BenchResult[]): Column[] {
  return responders(results).map((who) => ({
    ...headOf(who),
    scores: (bench) => results.find(({ name }) => name === bench)?.scores[who],
  }));
}

/** A value with its interval as text and, where it is a share, as a line on a 0–1 track. */
export function scoreCell({ value, low, high, n }: Pick<Score, 'value' | 'low' | 'high' | 'n'>, bar: boolean): Html {
  if (n === 0) return html`<td class="score none" title="nothing to score">–</td>`;
  const track = (v: number): string => (v * 100).toFixed(1);
  return html`<td class="score"><b>${share(value)}</b><small>${share(low)}–${share(high)}</small>${
    bar &&
    low >= 0 &&
    high <= 1 &&
    html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><path class="track" d="M0 3H100"/><path class="band" d="M${track(low)} 3H${track(high)}"/><path class="dot" d="M${track(value)} 0V6"/></svg>`
  }</td>`;
}

const missing = html`<td class="score none">–</td>`;

interface TableOptions {
  /** Name of the column that a last column compares the first with. */
  over?: string;
  /** The scores behind the main ones, instead of these. */
  detail?: boolean;
}

/** The table of some benchmarks; the first column is the model. A benchmark without scores of the kind is left out. */
export function benchTable(results: readonly BenchResult[], columns: readonly Column[], { over, detail = false }: TableOptions = {}): Html {
  const reference = columns.findIndex((c) => c.name === over);
  const width = columns.length + (reference > 0 ? 2 : 1);
  const line = (bench: string, { name, note, better }: Score): Html => {
    const cells = columns.map((column) => column.scores(bench)?.find((score) => score.name === name));
    const [first, other] = [cells[0], cells[reference]];
    const gain = first && other && first.n > 0 && other.n > 0 ? first.value - other.value : undefined;
    const down = better === 'lower' && html` <span class="down">lower is better</span>`;
    return html`<tr><th scope="row">${name}${down}${note && html`<small>${note}</small>`}</th>${cells.map((cell, i) =>
      cell ? scoreCell(cell, i === 0) : missing,
    )}${reference > 0 && html`<td class="score gain">${gain === undefined ? '–' : `${gain >= 0 ? '+' : '−'}${share(Math.abs(gain))}`}</td>`}</tr>`;
  };
  const groups = results.flatMap(({ name, title, about }) => {
    const scores = (columns[0]?.scores(name) ?? []).filter((score) => (score.detail ?? false) === detail);
    if (scores.length === 0) return [];
    return html`<tbody><tr class="group"><th colspan="${width}" scope="colgroup">${title}: ${about}</th></tr>${scores.map((score) => line(name, score))}</tbody>
`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${detail ? 'details' : 'benchmark table'}"><table>
<thead><tr><th scope="col">measure</th>${columns.map((c) => html`<th scope="col">${c.name}<small>${c.note}</small></th>`)}${
    reference > 0 && html`<th scope="col">model − ${over}</th>`
  }</tr></thead>
${groups}</table></div>`;
}
