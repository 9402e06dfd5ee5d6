// A sweep's comparison as a table for the terminal and as a page: every metric with its runs, means, intervals and paired tests.
import { Html, html } from '../evaluate/report/html.js';
import { style } from '../evaluate/report/style.js';
import { alignColumns } from './score-table.js';
const show = (value) => (value === undefined ? '–' : Number(value.toPrecision(4)).toString());
const range = ({ low, high }) => (low === undefined ? '–' : `${show(low)} to ${show(high)}`);
const test = ({ paired }) => (paired ? [show(paired.difference), show(paired.p)] : ['–', '–']);
const HEAD = ['metric', 'setting', 'n', 'mean', '95 %', 'against the first', 'p'];
/** The comparison as columns of text. */
export function sweepTable(scores) {
    return `${alignColumns([HEAD, ...scores.map((s) => [s.metric, s.setting, String(s.n), show(s.mean), range(s), ...test(s)])])}\n`;
}
/** The page: a plot and a table per metric. */
export function sweepPage(scores, { title, command }) {
    const metrics = [...new Set(scores.map((s) => s.metric))];
    const policy = "default-src 'none'; style-src 'unsafe-inline'";
    return html `${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${title} · Sensorium sweep</title><style>${new Html(style)}</style></head><body>
<header><h1>${title}</h1><p class="note">Means over seeds with 95 % intervals (Student's t). Each setting is compared with the first one, seed by seed; p is the two-sided sign-flip test, which n pairs cannot bring below 2 / 2^n.</p></header><main>
${metrics.map((metric) => section(metric, scores.filter((s) => s.metric === metric)))}
<section><h2>How this was made</h2><pre>${command}</pre></section></main></body></html>
`.text;
}
function section(metric, scores) {
    return html `<section><h2>${metric}</h2>${plot(metric, scores)}<div class="scroll"><table><thead><tr>${HEAD.slice(1).map((h) => html `<th scope="col">${h}</th>`)}</tr></thead><tbody>${scores.map((s) => html `<tr><th scope="row">${s.setting}</th>${[String(s.n), show(s.mean), range(s), ...test(s)].map((cell) => html `<td class="score">${cell}</td>`)}</tr>`)}</tbody></table></div></section>
`;
}
/** A line per setting: its interval, its mean, a dot for every run. */
function plot(metric, scores) {
    const all = scores.flatMap((s) => [...s.values, s.low ?? s.mean, s.high ?? s.mean]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const x = (value) => (high > low ? 230 + ((value - low) / (high - low)) * 450 : 455).toFixed(1);
    const height = scores.length * 26 + 28;
    const lines = scores.map((s, i) => {
        const y = i * 26 + 16;
        return html `<text x="220" y="${y + 4}" text-anchor="end" font-size="12" fill="currentColor">${s.setting}</text><path d="M${x(s.low ?? s.mean)} ${y}H${x(s.high ?? s.mean)}" stroke="var(--pale)" stroke-width="8"/>${s.values.map((v) => html `<circle cx="${x(v)}" cy="${y}" r="3" fill="var(--soft)"/>`)}<path d="M${x(s.mean)} ${y - 8}v16" stroke="var(--blue)" stroke-width="3"/>`;
    });
    const label = (x, anchor, value) => html `<text x="${x}" y="${height - 4}" text-anchor="${anchor}" font-size="11" fill="var(--soft)">${show(value)}</text>`;
    const ends = high > low ? [label(230, 'start', low), label(680, 'end', high)] : [label(455, 'middle', low)];
    // As wide as it is drawn: smaller its words could not be read, larger they would be larger than those of the page.
    return html `<div class="scroll"><svg viewBox="0 0 700 ${height}" width="700" height="${height}" role="img" aria-label="${metric} of each setting">${lines}${ends}</svg></div>`;
}
//# sourceMappingURL=sweep-report.js.map