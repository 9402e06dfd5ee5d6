// Two runs side by side as a page: each score with its difference and test, and the rows that changed sides.
import { join } from 'node:path';
import { writeAtomic } from '../../util/fs.js';
import { gallery } from './gallery.js';
import { html, share } from './html.js';
import { headNumber, howMade, pageHtml } from './shell.js';
const signed = (value) => `${value < 0 ? '−' : '+'}${share(Math.abs(value))}`;
/** A probability in three digits, and never as nothing. */
export const probability = (p) => (p < 0.001 ? '< 0.001' : p.toFixed(3));
function line({ name, a, b, difference, low, high, p, n, better }) {
    return html `<tr><th scope="row">${name}${better === 'lower' && html ` <span class="down">lower is better</span>`}</th><td class="score">${share(a)}</td><td class="score">${share(b)}</td><td class="score gain">${signed(difference)}<small>${signed(low)} to ${signed(high)}</small></td><td class="score">${probability(p)}</td><td class="score">${n}</td></tr>`;
}
const NAMED = 20;
const named = (rows) => `${rows.slice(0, NAMED).join(', ')}${rows.length > NAMED ? ', …' : ''}`;
function section({ bench, n, onlyA, onlyB, scores, uncompared, right }) {
    const alone = ([who, rows]) => rows.length > 0 && html `<p class="note">${rows.length} rows only in ${who}, in no score: ${named(rows)}</p>`;
    const mcnemar = right &&
        html `<p class="note">${n} rows. Right: A ${share(right.a)}, B ${share(right.b)}; ${right.onlyB} wrong in A and right in B, ${right.onlyA} right in A and wrong in B (McNemar’s exact test: p ${probability(right.p)}).</p>`;
    return html `<section><h2>${bench}</h2>${mcnemar || html `<p class="note">${n} rows.</p>`}${alone(['A', onlyA])}${alone(['B', onlyB])}${uncompared.length > 0 && html `<p class="note">Not compared, as other rows would weigh in: ${uncompared.join(', ')}</p>`}${scores.length > 0 &&
        html `<div class="scroll" tabindex="0" role="region" aria-label="scores of ${bench}"><table><thead><tr><th scope="col">score</th><th scope="col">A</th><th scope="col">B</th><th scope="col">B − A<small>95 % interval</small></th><th scope="col">p</th><th scope="col">n</th></tr></thead><tbody>${scores.map(line)}</tbody></table></div>`}</section>`;
}
/** Renders the page. All text is escaped. */
export function renderComparison({ comparison, samples, samplesNote, command, versions }) {
    const { a, b, benchmarks } = comparison;
    const total = (of) => String(benchmarks.reduce((sum, bench) => sum + of(bench), 0));
    const header = html `<p class="world"><b>A</b> ${a}<br/><b>B</b> ${b}</p><dl class="numbers">${headNumber('rows in both', total(({ n }) => n))}${headNumber('wrong in A, right in B', total(({ gained }) => gained.length))}${headNumber('right in A, wrong in B', total(({ lost }) => lost.length))}</dl>`;
    const main = html `<p class="note">Differences are B − A over the same rows, with the 95 % interval of the paired bootstrap; p is that of the paired randomization test, for each score by itself.</p>${benchmarks.map(section)}
${samples.length > 0 && html `<section><h2>Rows that changed sides</h2>${gallery(samples, samplesNote)}</section>`}
${howMade(command, versions)}`;
    return pageHtml({ title: 'Comparison of two runs', header, main });
}
/** A row that changed sides as the page shows it, without its picture. */
export function comparedSample(bench, { a, b }) {
    const { kind = bench, row, question = '', truth = '', reply } = a;
    return {
        bench,
        kind: kind === bench ? bench : `${bench} ${kind}`,
        row,
        question,
        truth,
        reply,
        right: a.right === true,
        second: { reply: b.reply, right: b.right === true },
    };
}
/** Writes compare.html and compare.json into a folder; each file is replaced whole. */
export async function writeComparison(dir, options) {
    const page = renderComparison(options);
    await writeAtomic(join(dir, 'compare.json'), `${JSON.stringify(comparisonJson(options.comparison), null, 2)}\n`);
    await writeAtomic(join(dir, 'compare.html'), page);
}
/** A comparison as JSON: rows by their names and places. */
export function comparisonJson({ a, b, benchmarks }) {
    const place = ({ a: first, b: second }) => ({ row: first.row, a: first.place, b: second.place });
    return {
        a,
        b,
        benchmarks: benchmarks.map(({ gained, lost, ...bench }) => ({ ...bench, gained: gained.map(place), lost: lost.map(place) })),
    };
}
//# sourceMappingURL=compare-page.js.map