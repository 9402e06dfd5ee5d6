// The sample browser: rows with their picture, question, reply and truth, filtered, searched and turned over page by page in the browser.
import { browse } from './browse-script.js';
import { Html, html } from './html.js';
import { legend, markedHtml } from './marks.js';
import { PIXEL_ART } from './picture.js';
import { pngUrl } from './png.js';
function drawBox({ box, label, from }, width) {
    const [left, top, right, bottom] = box;
    const unit = width / 64;
    // The label sits on its box, below the top edge where there is no room above; on the right half it ends with the box.
    const y = top < 5 * unit ? top + 3.4 * unit : top - 0.8 * unit;
    const late = left + right > width;
    const x = late ? Math.min(width, right) : Math.max(0, left);
    const frame = (name) => html `<rect class="${name}" x="${left}" y="${top}" width="${Math.max(0, right - left)}" height="${Math.max(0, bottom - top)}"/>`;
    return html `<g class="box ${from ?? 'truth'}">${frame('under')}${frame('line')}<text x="${x}" y="${y}" text-anchor="${late ? 'end' : 'start'}" font-size="${3.4 * unit}" stroke-width="${0.9 * unit}">${label}</text></g>`;
}
/** A picture with its boxes. */
export function pictureHtml(picture, boxes = [], { id, sameAs } = {}) {
    const { width, height } = picture;
    const alt = boxes.length > 0 ? `image of ${boxes.map((b) => b.label).join(', ')}` : 'image of the question';
    const form = new Html(Math.max(width, height) <= PIXEL_ART ? ' class="pixels"' : '');
    const url = 'url' in picture ? picture.url : pngUrl(picture.data, width, height);
    const source = sameAs === undefined ? html ` src="${url}"` : html ` data-same="${sameAs}"`;
    return html `<div class="picture"><img${form}${id !== undefined && html ` id="${id}"`}${source} width="${width}" height="${height}" alt="${alt}"/><svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${boxes.map((box) => drawBox(box, width))}</svg></div>`;
}
/** What rows can be filtered by, in the order of the list. */
const RESULTS = {
    wrong: 'wrong',
    right: 'right',
    unparsed: 'unparsed',
    gained: 'wrong, then right',
    lost: 'right, then wrong',
};
function resultsOf({ right, unparsed, second }) {
    if (second)
        return right === second.right ? [right ? 'right' : 'wrong'] : [second.right ? 'gained' : 'lost'];
    return [right ? 'right' : 'wrong', ...(unparsed ? ['unparsed'] : [])];
}
/** The types of the claims of a reply with a verdict, as the filter names them: `false existence`. */
const claimsOf = ({ marked }) => [
    ...new Set((marked?.marks ?? []).filter(({ verdict }) => verdict === 'false').map(({ type }) => `false ${type}`)),
];
const benchOf = ({ bench, kind }) => bench ?? kind.split(' ')[0];
/** The row in words: its benchmark and its name there, or its kind. */
function nameOf(sample) {
    const { row, kind } = sample;
    const bench = benchOf(sample);
    return row === undefined ? kind : row.startsWith(`${bench} `) ? row : `${bench} ${row}`;
}
const said = (reply) => reply || html `<i>(empty reply)</i>`;
function figure(sample, place) {
    const { picture, kind, question, reply, marked, truth, right, unparsed, boxes, second } = sample;
    const mark = (ok) => html `<span class="mark ${ok ? 'good' : 'bad'}">${ok ? '✓ right' : '✗ wrong'}</span>`;
    const words = marked ? markedHtml(marked) : reply;
    const thinking = marked &&
        marked.text !== reply &&
        html `<details><summary>the whole reply, with its thinking</summary><p class="reply" dir="auto">${reply}</p></details>`;
    const replies = second
        ? html `<p class="reply" dir="auto"><span class="kind">A</span> ${mark(right)} ${said(reply)}</p><p class="reply" dir="auto"><span class="kind">B</span> ${mark(second.right)} ${said(second.reply)}</p>`
        : html `<p class="reply" dir="auto">${mark(right)}${unparsed && html ` <span class="kind">unparsed</span>`} ${said(marked && marked.text === '' ? '' : words)}</p>${thinking}`;
    const shown = second ? second.right : right;
    return html `<figure class="${shown ? 'right' : 'wrong'}" data-result="${resultsOf(sample).join(' ')}" data-bench="${benchOf(sample)}" data-kind="${kind}" data-claims="${claimsOf(sample).join(',')}">${picture && pictureHtml(picture, boxes, place)}
<figcaption><span class="kind">${nameOf(sample)}</span><p class="question" dir="auto">${question}</p>${replies}<p class="truth" dir="auto"><span>truth</span> ${truth || html `<i>(no objects)</i>`}</p></figcaption></figure>
`;
}
/** A list to choose from; nothing where there is nothing to choose. */
function choice(name, label, options, words = (value) => value) {
    if (options.size < (name === 'claims' ? 1 : 2))
        return false;
    return html `<label>${label} <select name="${name}"><option value="">all</option>${[...options].map(([value, n]) => html `<option value="${value}">${words(value)} (${n})</option>`)}</select></label>`;
}
function counts(values, order = []) {
    const found = new Map();
    for (const value of [...order.filter((name) => values.includes(name)), ...values])
        found.set(value, 0);
    for (const value of values)
        found.set(value, (found.get(value) ?? 0) + 1);
    return found;
}
/** All rows, with what they are filtered by and a switch for the boxes; `note` says which rows these are. */
export function gallery(samples, note) {
    const right = samples.filter((s) => s.right).length;
    const boxed = samples.some((s) => s.boxes && s.boxes.length > 0);
    const marked = samples.some((s) => s.marked && s.marked.marks.length > 0);
    const about = note ?? `${samples.length} rows, taken evenly over the benchmarks and not by result; ${right} right, ${samples.length - right} wrong.`;
    // A picture stands in the page once, however many rows it has.
    const ids = new Map();
    const placeOf = ({ picture }) => {
        if (!picture)
            return {};
        const known = ids.get(picture);
        if (known !== undefined)
            return { sameAs: known };
        const id = `picture-${ids.size}`;
        ids.set(picture, id);
        return { id };
    };
    const filters = [
        choice('result', 'result', counts(samples.flatMap(resultsOf), Object.keys(RESULTS)), (value) => RESULTS[value]),
        choice('bench', 'benchmark', counts(samples.map(benchOf))),
        choice('kind', 'type', counts(samples.map(({ kind }) => kind))),
        choice('claims', 'claims', counts(samples.flatMap(claimsOf))),
    ];
    return html `<p class="note">${about}${boxed && ' Solid boxes are the truth of the scene, dashed ones were drawn by the model.'}</p>${marked && legend()}
${boxed && html `<label class="switch"><input type="checkbox" id="boxes" checked/> show boxes</label>`}
<form class="filters" id="filters" hidden>${filters}<label>search <input type="search" name="text" autocomplete="off"/></label><output id="found"></output></form>
<div class="gallery" id="gallery">${samples.map((sample) => figure(sample, placeOf(sample)))}</div>
<nav class="pages" id="pages" aria-label="pages" hidden><button type="button" data-step="-1">← before</button><span id="page"></span><button type="button" data-step="1">next →</button></nav>${new Html(`<script>${browse}</script>`)}`;
}
//# sourceMappingURL=gallery.js.map