// The report as one HTML page that opens from disk and asks the network for nothing.

import { chartStyle, charts } from './charts.js';
import type { ReportData } from './data.js';
import { gallery } from './gallery.js';
import { amount, duration, Html, html, share } from './html.js';
import { SCENE_WORLD } from './schema.js';
import { style } from './style.js';
import { benchTable, type Column, columnsOf, scoreCell } from './table.js';

/** Renders `report.html`. All text of `data` is escaped. */
export function renderPage(data: ReportData): string {
  const { benchmarks, source } = data;
  const number = (name: string, value: string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const columns = columnsOf(benchmarks);
  const splits: Column[] = Object.entries(data.splits ?? {}).map(([name, results]) => ({
    name,
    note: 'other rows',
    scores: (bench) => results.find((result) => result.name === bench)?.scores.model,
  }));
  const about =
    source.name === SCENE_WORLD
      ? html`<b>Scene world.</b> All scores on this page are measured on generated scenes with exact truth, and say nothing about photographs. ${source.description}`
      : html`<b>${source.name}.</b> ${source.description}`;
  const headline = benchmarks.slice(0, 2).flatMap(({ title, scores }) => {
    const [first] = scores.model ?? [];
    return first && first.n > 0 ? [number(`${title} ${first.name}`, share(first.value))] : [];
  });
  const hasDetail = benchmarks.some(({ scores }) => scores.model?.some((score) => score.detail));
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${data.title} · Sensorium report</title><style>${new Html(chartStyle())}${new Html(style)}</style></head><body>
<header><h1>${data.title}</h1><p class="world">${about}</p>
<dl class="numbers">${number('time in all', duration(data.seconds))}${data.stages.length > 0 && number('training steps', amount(data.stages.reduce((n, s) => n + s.steps, 0)))}${headline}${number('rows asked', amount(benchmarks.reduce((n, b) => n + b.n, 0)))}${number('seed', String(data.seed))}</dl></header>
<main><section><h2>Benchmarks</h2><p class="note">Each score has its 95 % interval below it. A score is worth what it is above the blind model and the constant answers.</p>${benchTable(benchmarks, columns, { over: 'blind' })}</section>
${hasDetail && html`<section><h2>In detail</h2><p class="note">The numbers behind the scores above.</p>${benchTable(benchmarks, columns, { detail: true })}</section>`}
${splits.length > 0 && html`<section><h2>Other rows</h2>${benchTable(benchmarks, [columns[0] as Column, ...splits])}</section>`}
${data.measures && html`<section><h2>More measures</h2><div class="scroll"><table><tbody>${Object.entries(data.measures).map(([name, p]) => html`<tr><th scope="row">${name}</th>${scoreCell(p, true)}<td class="score">n = ${p.n}</td></tr>`)}</tbody></table></div></section>`}
${
  data.stages.length > 0 &&
  html`<section><h2>Training</h2><div class="scroll"><table><thead><tr><th scope="col">stage</th><th scope="col">steps</th><th scope="col">loss, first → last</th><th scope="col">time</th><th scope="col">tokens/s</th><th scope="col">GFLOP/s</th></tr></thead><tbody>${data.stages.map(
    (s) =>
      html`<tr><th scope="row">${s.name}</th><td class="score">${amount(s.steps)}</td><td class="score">${amount(s.loss.first)} → ${amount(s.loss.last)}</td><td class="score">${s.seconds === undefined ? '–' : duration(s.seconds)}</td><td class="score">${amount(s.tokensPerSecond)}</td><td class="score">${amount(s.gflops)}</td></tr>`,
  )}</tbody></table></div>${charts(data.curves ?? {})}</section>`
}
${data.samples && data.samples.length > 0 && html`<section><h2>Test pictures</h2>${gallery(data.samples)}</section>`}
<section><h2>How this was made</h2><pre>${data.command}</pre><p class="note">${Object.entries(data.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(' · ')}</p></section></main>
</body></html>
`.text;
}
