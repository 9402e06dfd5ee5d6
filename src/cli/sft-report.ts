// The page of a fine-tuning run: curves, data, what was trained, and held-out answers before and after beside their pictures.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chartStyle, charts } from '../evaluate/report/charts.js';
import type { LossCurve } from '../evaluate/report/data.js';
import { pictureHtml } from '../evaluate/report/gallery.js';
import { amount, duration, Html, html } from '../evaluate/report/html.js';
import { Pictures } from '../evaluate/report/picture.js';
import { style } from '../evaluate/report/style.js';
import type { ChatMessage } from '../text/index.js';
import { heldMeasure, type LoggedEvent, readRun } from '../train/events.js';
import type { PreparedSft, SftResult } from '../train/sft.js';
import { writeAtomic } from '../util/fs.js';
import { formatBytes } from '../util/progress.js';

/** A held-out question with the data's answer and the model's, before and after training. */
export interface Prediction {
  file: string;
  row: number;
  /** What was said before the question. */
  earlier?: readonly { role: string; text: string }[];
  question: string;
  images: number;
  answer: string;
  before: string;
  after: string;
  /** Whether the reply is the answer, as VQA compares them. */
  right: { before: boolean; after: boolean };
}

/** What the page shows. */
export interface SftPage {
  dir: string;
  /** The model as the user named it, and the data set. */
  model: string;
  data: string;
  prepared: PreparedSft;
  result: SftResult;
  predictions: readonly (Prediction & { messages: readonly ChatMessage[] })[];
  /** Values of the options by name. */
  options: Readonly<Record<string, unknown>>;
  command: string;
  /** Begins the title. Default: `Fine-tuning`. */
  title?: string;
  /** Whether held-out replies are compared with the answers of the data. Default true; false where a reward judges them. */
  judged?: boolean;
  /** Further sections, behind the losses. */
  sections?: readonly (Html | false)[];
}

/** Faults that the page lists; the others are in bad.jsonl. */
const LISTED = 50;

/** Writes `DIR/report.html`, which opens from disk and asks the network for nothing, and returns its path. */
export async function writeSftReport(page: SftPage): Promise<string> {
  const path = join(page.dir, 'report.html');
  await writeAtomic(path, await renderSftPage(page));
  return path;
}

async function renderSftPage(page: SftPage): Promise<string> {
  const { prepared, result, predictions, title = 'Fine-tuning', sections = [], judged = true } = page;
  const events = await readRun(page.dir);
  const last = events.findLast((e) => e.type === 'stageDone');
  const stage = events.findLast((e) => e.type === 'stage');
  const run = events.findLast((e) => e.type === 'run');
  const held = last?.summary.heldOut;
  const { name: measure, sign } = heldMeasure(events.findLast((e) => e.type === 'held-out')?.metrics);
  const show = (loss: number): string => amount(sign * loss);
  const right = (when: 'before' | 'after'): number => predictions.filter((p) => p.right[when]).length;
  const number = (name: string, value: string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${title} ${page.model} · Sensorium report</title><style>${new Html(chartStyle())}${new Html(style)}</style></head><body>
<header><h1>${title} ${page.model}</h1><p class="world">On <b>${page.data}</b>. Saved: <b>${result.saved}</b></p>
<dl class="numbers">${number('training time', duration(result.seconds))}${last && number('steps', amount(last.summary.steps))}${last && number('loss, first → last', `${amount(last.summary.loss.first)} → ${amount(last.summary.loss.last)}`)}${held && number(`held-out ${measure}`, `${show(held.first)} → ${show(held.last)}`)}${judged && predictions.length > 0 && number('right answers', `${right('before')} → ${right('after')} of ${predictions.length}`)}</dl></header>
<main><section><h2>Loss</h2>${held && html`<p class="note">Best held-out ${measure} ${show(held.best.loss)} after step ${held.best.step}; the saved weights are those of step ${held.weightsOf}.${held.stoppedEarly && ` Training stopped early: the held-out ${measure} got no better.`}</p>`}${charts(curves(stage?.stage ?? 'sft', events))}</section>
${sections}<section><h2>Data</h2>${dataTable(prepared)}${faults(prepared)}</section>
<section><h2>What was trained</h2>${rows([
    ['parts', prepared.train.join(', ')],
    ['parameters', stage ? `${amount(stage.parameters.trained)} trained, ${amount(stage.parameters.frozen)} frozen` : '–'],
    ['learning rate', String(prepared.lr)],
    ...Object.entries(page.options).map(([key, value]): [string, string] => [
      key,
      typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value),
    ]),
  ])}</section>
<section><h2>What was saved</h2>${rows(await sizes(result.saved))}</section>
${predictions.length > 0 && html`<section><h2>Held-out rows</h2><p class="note">Questions of rows that were not trained on, with the answer of the data and the model's own before and after training.${judged && ' A reply counts as right when it is the answer, but for case, punctuation and articles.'}</p><div class="gallery">${await Promise.all(predictions.map((p) => figure(p, judged)))}</div></section>`}
<section><h2>How this was made</h2><pre>${page.command}</pre><p class="note">${Object.entries(run?.versions ?? {})
    .map(([name, version]) => `${name} ${version}`)
    .join(' · ')}</p></section></main>
</body></html>
`.text;
}

/** Losses of the steps, and of the held-out rows, as a run logged them. */
export function lossCurve(events: readonly LoggedEvent[]): LossCurve {
  const steps = events.filter((e) => e.type === 'step');
  const held = events.filter((e) => e.type === 'held-out');
  return {
    steps: steps.map((e) => e.step),
    loss: steps.map((e) => e.loss),
    ...(held.length > 0 ? { heldOut: { steps: held.map((e) => e.step), loss: held.map((e) => e.loss) } } : {}),
  };
}

/** The curves of a run: losses, and where held-out completions are judged, what they are worth in a chart of its own. */
function curves(stage: string, events: readonly LoggedEvent[]): Record<string, LossCurve> {
  const { heldOut, ...losses } = lossCurve(events);
  const { name, sign } = heldMeasure(events.findLast((e) => e.type === 'held-out')?.metrics);
  if (!heldOut || sign > 0) return { [stage]: { ...losses, ...(heldOut ? { heldOut } : {}) } };
  return { [stage]: losses, [`held-out ${name}`]: { steps: heldOut.steps, loss: heldOut.loss.map((loss) => sign * loss), measure: name } };
}

const rows = (entries: readonly (readonly [string, string])[]): Html =>
  html`<div class="scroll"><table><tbody>${entries.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table></div>`;

function dataTable({ report, bad }: PreparedSft): Html {
  const { tokens, images, holdout } = report;
  return rows([
    [
      'rows',
      `${report.usable.length} used, ${new Set(bad.map(({ file, row }) => `${file} ${row}`)).size} left out, ${holdout.rows} of the used ones held out`,
    ],
    ['tokens', `${amount(tokens.total)}, ${amount(report.lossTokens)} of them learned`],
    ['tokens in a row', `median ${tokens.median}, 95 % at most ${tokens.p95}, longest ${tokens.longest}`],
    ['images', `${images.total}, ${images.distinct} distinct, ${images.perRow[0]} to ${images.perRow[1]} in a row`],
    ['shortened', `${report.shortened} rows are too long and lose their last turns`],
    ['without an end', `${report.unended} rows have replies without an end at which the model stops`],
    ...(report.rejected > 0 ? [['rejected replies', `${report.rejected} rows have one, which is not used here`] as const] : []),
    ['leakage', `${holdout.known} of ${holdout.rows} held-out rows share an image, or their whole text, with rows that are trained on`],
  ]);
}

function faults({ bad }: PreparedSft): Html | false {
  if (bad.length === 0) return false;
  const more = bad.length > LISTED && ` The first ${LISTED} of ${bad.length} faults; all are in bad.jsonl.`;
  return html`<h3>Left out</h3><p class="note">Rows with faults are not trained on.${more}</p><div class="scroll"><table><thead><tr><th scope="col">file</th><th scope="col">row</th><th scope="col">key</th><th scope="col">fault</th></tr></thead><tbody>${bad
    .slice(0, LISTED)
    .map(
      (b) => html`<tr><td>${b.file}</td><td class="score">${b.row}</td><td>${b.key ?? ''}</td><td>${b.problem}</td></tr>`,
    )}</tbody></table></div>`;
}

async function sizes(dir: string): Promise<[string, string][]> {
  const files = (await readdir(dir)).sort();
  return Promise.all(files.map(async (file): Promise<[string, string]> => [file, formatBytes((await stat(join(dir, file))).size)]));
}

async function figure({ messages, right, ...p }: SftPage['predictions'][number], judged: boolean): Promise<Html> {
  const { picture } = await new Pictures().of({ messages });
  const reply = (name: string, text: string, ok: boolean): Html =>
    html`<p class="truth" dir="auto"><span>${name}${judged && (ok ? ' ✓' : ' ✗')}</span> ${text || html`<i>(empty reply)</i>`}</p>`;
  return html`<figure class="${judged ? (right.after ? 'right' : 'wrong') : ''}">${picture && pictureHtml(picture)}
<figcaption><span class="kind">row ${p.row}</span>${p.earlier && html`<details><summary>${p.earlier.length} earlier messages</summary>${p.earlier.map(({ role, text }) => html`<p dir="auto"><span class="kind">${role}</span> ${text}</p>`)}</details>`}<p class="question" dir="auto">${p.question}</p>${reply('before', p.before, right.before)}${reply('after', p.after, right.after)}<p class="truth" dir="auto"><span>data</span> ${p.answer}</p></figcaption></figure>
`;
}
