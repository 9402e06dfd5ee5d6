// The report as one HTML page that opens from disk and asks the network for nothing.
import { FAULT_KINDS } from '../faults.js';
import { charts } from './charts.js';
import { gallery } from './gallery.js';
import { amount, duration, html, share } from './html.js';
import { SCENE_WORLD } from './schema.js';
import { headNumber, howMade, pageHtml } from './shell.js';
import { benchTable, columnsOf, scoreCell } from './table.js';
/** Renders `report.html`. All text of `data` is escaped. */
export function renderPage(data) {
    const { benchmarks, source } = data;
    const columns = columnsOf(benchmarks);
    const splits = Object.entries(data.splits ?? {}).map(([name, results]) => ({
        name,
        note: 'other rows',
        scores: (bench) => results.find((result) => result.name === bench)?.scores.model,
    }));
    const about = source.name === SCENE_WORLD
        ? html `<b>Scene world.</b> All scores on this page are measured on generated scenes with exact truth, and say nothing about photographs. ${source.description}`
        : html `<b>${source.name}.</b> ${source.description}`;
    const headline = benchmarks.slice(0, 2).flatMap(({ title, scores }) => {
        const [first] = scores.model ?? [];
        return first && first.n > 0 ? [headNumber(`${title} ${first.name}`, share(first.value))] : [];
    });
    const hasDetail = benchmarks.some(({ scores }) => scores.model?.some((score) => score.detail));
    const header = html `<p class="world">${about}</p>
<dl class="numbers">${headNumber('time in all', duration(data.seconds))}${data.stages.length > 0 && headNumber('training steps', amount(data.stages.reduce((n, s) => n + s.steps, 0)))}${headline}${headNumber('rows asked', amount(benchmarks.reduce((n, b) => n + b.n, 0)))}${headNumber('seed', String(data.seed))}</dl>`;
    const main = html `<section><h2>Benchmarks</h2><p class="note">Each score has its 95 % interval below it. A score is worth what it is above the blind model and the constant answers.</p>${benchTable(benchmarks, columns, { over: 'blind' })}</section>
${hasDetail && html `<section><h2>In detail</h2><p class="note">The numbers behind the scores above.</p>${benchTable(benchmarks, columns, { detail: true })}</section>`}
${splits.length > 0 && html `<section><h2>Other rows</h2>${benchTable(benchmarks, [columns[0], ...splits])}</section>`}
${data.measures && html `<section><h2>More measures</h2><div class="scroll"><table><tbody>${Object.entries(data.measures).map(([name, p]) => html `<tr><th scope="row">${name}</th>${scoreCell(p, true)}<td class="score">n = ${p.n}</td></tr>`)}</tbody></table></div></section>`}
${data.stages.length > 0 &&
        html `<section><h2>Training</h2><div class="scroll"><table><thead><tr><th scope="col">stage</th><th scope="col">steps</th><th scope="col">loss, first → last</th><th scope="col">time</th><th scope="col">tokens/s</th><th scope="col">GFLOP/s</th></tr></thead><tbody>${data.stages.map((s) => html `<tr><th scope="row">${s.name}</th><td class="score">${amount(s.steps)}</td><td class="score">${amount(s.loss.first)} → ${amount(s.loss.last)}</td><td class="score">${s.seconds === undefined ? '–' : duration(s.seconds)}</td><td class="score">${amount(s.tokensPerSecond)}</td><td class="score">${amount(s.gflops)}</td></tr>`)}</tbody></table></div>${charts(data.curves ?? {})}</section>`}
${missing(data)}
${data.samples && data.samples.length > 0 && html `<section><h2>${data.samplesNote === undefined ? 'Test pictures' : 'Rows'}</h2>${gallery(data.samples, data.samplesNote)}</section>`}
${howMade(data.command, data.versions)}`;
    return pageHtml({ title: data.title, header, main });
}
/** What was wrong with rows and replies, and what else is to be said of them. */
function missing({ benchmarks, notes = [] }) {
    const all = benchmarks.flatMap(({ title, faults = [] }) => faults.map((fault) => ({ title, ...fault })));
    if (all.length === 0 && notes.length === 0)
        return false;
    return html `<section><h2>What is missing</h2>${notes.map((note) => html `<p class="note">${note}</p>`)}${all.length > 0 &&
        html `<div class="scroll"><table><thead><tr><th scope="col">benchmark</th><th scope="col">rows</th><th scope="col">which</th></tr></thead><tbody>${all.map(({ title, kind, n, rows }) => html `<tr><td>${title}</td><td>${n} ${FAULT_KINDS[kind]}</td><td dir="auto">${rows.join('; ')}${n > rows.length && '; …'}</td></tr>`)}</tbody></table></div>`}</section>`;
}
//# sourceMappingURL=page.js.map