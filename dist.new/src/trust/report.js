// The report of the bench in a folder: its numbers, one page with table and figure, and the figure alone.
import { join } from 'node:path';
import { Html, html } from '../evaluate/report/html.js';
import { style } from '../evaluate/report/style.js';
import { writeAtomic } from '../util/fs.js';
import { paretoFigure, paretoPoints, seedPoints } from './pareto.js';
import { seedCells, trustCells } from './table.js';
/** Images that the page names. */
const LISTED = 200;
/** Rows that end early get empty cells. */
function table(cells) {
    const [head = [], ...rows] = cells;
    return html `<div class="scroll"><table><thead><tr>${head.map((cell) => html `<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map((row) => html `<tr><th scope="row">${row[0]}</th>${head.slice(1).map((_, i) => html `<td class="score">${row[i + 1]}</td>`)}</tr>`)}</tbody></table></div>`;
}
const figureOf = ({ runs, model }) => paretoFigure(runs.length > 1 ? seedPoints(runs) : paretoPoints(runs[0]?.rows ?? []), `Hallucination against coverage, length and cost: ${model}${runs.length > 1 ? `, ${runs.length} seeds` : ''}`);
/** The page. All text is escaped. */
export function trustPage(report) {
    const { model, source, runs, methods, command } = report;
    const left = runs.flatMap((run) => (run.left ?? []).map((fault) => ({ ...fault, seed: run.seed })));
    const policy = "default-src 'none'; style-src 'unsafe-inline'";
    return html `${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${model} · Sensorium trust</title><style>${new Html(style)}</style></head><body>
<header><h1>What ${model} makes up</h1><p class="world">${source}</p></header><main>
<section><h2>Hallucination against coverage, length and cost</h2><p class="note">Every method can win by saying less: the further right in the first panel, the more of what is there is named. Bars are 95 % intervals; the dashed line joins the methods that no other beats in both numbers.</p><div class="scroll">${new Html(figureOf(report))}</div></section>
${runs.length > 1 && html `<section><h2>Over ${runs.length} seeds</h2><p class="note">Means with 95 % intervals over the seeds (Student's t).</p>${table(seedCells(runs))}</section>`}
${runs.map((run) => html `<section><h2>Seed ${run.seed}</h2><p class="note">Scores with 95 % intervals over the images: Wilson's for shares, the bootstrap's at equal coverage.</p>${table(trustCells(run))}</section>`)}
<section><h2>Methods</h2>${table([['method', 'what it does'], ...Object.entries(methods)])}</section>
${left.length > 0 && html `<section><h2>Not scored</h2><p class="note">${left.length} images${left.length > LISTED ? `, of which the first ${LISTED}` : ''}: their truth is missing, they are not there, or they cannot be read.</p>${table([['image', 'reason', 'where'], ...left.slice(0, LISTED).map(({ image, reason, place = '' }) => [image, reason, place])])}</section>`}
<section><h2>How this was made</h2><pre>${command}</pre></section></main></body></html>
`.text;
}
/** Writes `report.json`, `report.html` and `pareto.svg` into a folder, which is made if need be. Returns their paths. */
export async function writeTrustReport(dir, report) {
    const files = { json: join(dir, 'report.json'), html: join(dir, 'report.html'), figure: join(dir, 'pareto.svg') };
    await writeAtomic(files.json, `${JSON.stringify(report, null, 2)}\n`);
    await writeAtomic(files.html, trustPage(report));
    await writeAtomic(files.figure, figureOf(report));
    return files;
}
//# sourceMappingURL=report.js.map