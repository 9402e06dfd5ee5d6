// A case study as a page or as Markdown: counts by category, then every case with its picture, reply and note.
import { extname } from 'node:path';
import { resize } from '../../media/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { writeAtomic } from '../../util/fs.js';
import { pixelsOf } from '../mean-image.js';
import { Html, html, share } from '../report/html.js';
import { pngUrl } from '../report/png.js';
import { style } from '../report/style.js';
import { groupBy } from '../scores.js';
import { countCases } from './cases.js';
const MARKS = { right: '✓ right', partly: '~ partly', wrong: '✗ wrong', open: '? open' };
const CAVEAT = 'The cases were chosen by hand. Their counts describe these cases and are not a score.';
/** Larger pictures are shown at this width or height. */
const SHOWN = 640;
const own = `
.case { border-top: 1px solid var(--line); padding: 1rem 0; display: grid; gap: 1rem; grid-template-columns: minmax(0, 20rem) minmax(0, 1fr); } .case.plain { grid-template-columns: minmax(0, 1fr); }
.case img { width: 100%; height: auto; border-radius: .4rem; margin-bottom: .4rem; } .case p { margin: .2rem 0 .7rem; white-space: pre-wrap; overflow-wrap: anywhere; } .case .prompt { font-weight: 600; } .case h4 { margin: 0; font-size: .8rem; color: var(--soft); font-weight: 600; }
.verdict { font-weight: 700; } .verdict.right { color: var(--good); } .verdict.wrong { color: var(--bad); } @media (max-width: 46rem) { .case { grid-template-columns: minmax(0, 1fr); } }
`;
async function pictureUrl(path) {
    const whole = await pixelsOf({ type: 'image', source: path });
    const scale = Math.min(1, SHOWN / Math.max(whole.width, whole.height));
    const side = (n) => Math.max(1, Math.round(n * scale));
    const { data, width, height } = scale === 1 ? whole : resize(whole, side(whole.width), side(whole.height), 'bilinear');
    return { url: pngUrl(data, width, height), width, height };
}
const shareText = ({ right }) => right.n === 0 ? '' : `${share(right.value)} (${share(right.low)}-${share(right.high)})`;
async function caseHtml({ pictures, prompt, reply, model, note, verdict, source }) {
    const shown = await Promise.all(pictures.map(pictureUrl));
    const part = (name, text, kind = '') => text.trim() === '' ? '' : html `<h4>${name}</h4><p class="${kind}" dir="auto">${text.trim()}</p>`;
    return html `<div class="case${shown.length > 0 ? '' : ' plain'}">${shown.length > 0 && html `<div>${shown.map(({ url, width, height }, i) => html `<img src="${url}" width="${width}" height="${height}" alt="picture ${i + 1} of the case"/>`)}${source && html `<small>${source}</small>`}</div>`}
<div>${part('asked', prompt, 'prompt')}${part(model ? `reply of ${model}` : 'reply', reply || '(none)')}${part('note', note)}<span class="verdict ${verdict}">${MARKS[verdict]}</span></div></div>
`;
}
/** The page. All text is escaped, pictures are inside. */
async function studyPage(cases, { title, template }, signal) {
    const sections = [];
    for (const [category, list] of groupBy(cases, (one) => one.category)) {
        const about = template?.sections.find((section) => section.category === category)?.about;
        const parts = [];
        for (const one of list) {
            throwIfAborted(signal);
            parts.push(await caseHtml(one));
        }
        sections.push(html `<section><h2>${category}</h2>${about && html `<p class="note">${about}</p>`}${parts}</section>`);
    }
    const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
    return html `${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${title} · case study</title><style>${new Html(style)}${new Html(own)}</style></head><body>
<header><h1>${title}</h1><p class="world">${CAVEAT}${template && html ` Sections after: ${template.after}.`}</p></header><main>
<section><h2>Cases</h2><div class="scroll"><table><thead><tr><th scope="col">category</th><th scope="col">right</th><th scope="col">partly</th><th scope="col">wrong</th><th scope="col">open</th><th scope="col">right of those judged</th></tr></thead><tbody>${countCases(cases).map((row) => html `<tr><th scope="row">${row.category}</th><td class="score">${row.counts.right}</td><td class="score">${row.counts.partly}</td><td class="score">${row.counts.wrong}</td><td class="score">${row.counts.open}</td><td class="score">${shareText(row)}</td></tr>`)}</tbody></table></div></section>
${sections}</main></body></html>
`.text;
}
/** Text escaped so that Markdown reads no markup in it. */
const bare = (text) => text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&');
const quoted = (text) => bare(text.trim() || '(none)')
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
/** The same as Markdown; pictures by their paths. */
export function studyMarkdown(cases, { title, template }) {
    const rows = countCases(cases).map((row) => `| ${bare(row.category)} | ${row.counts.right} | ${row.counts.partly} | ${row.counts.wrong} | ${row.counts.open} | ${shareText(row)} |`);
    const parts = [...groupBy(cases, (one) => one.category)].flatMap(([category, list]) => [
        `## ${bare(category)}`,
        ...list.map(({ pictures, prompt, reply, model, note, verdict, source }) => [
            ...pictures.map((path) => `![picture](<${path}>)`),
            ...(source ? [`Picture: ${bare(source)}`] : []),
            `**${bare(prompt)}**`,
            ...(model ? [`Reply of ${bare(model)}:`] : []),
            quoted(reply),
            ...(note ? [`Note: ${bare(note)}`] : []),
            `**${MARKS[verdict]}**`,
        ].join('\n\n')),
    ]);
    return [
        `# ${bare(title)}`,
        `${CAVEAT}${template ? ` Sections after: ${template.after}.` : ''}`,
        `| category | right | partly | wrong | open | right of those judged |\n|---|---|---|---|---|---|\n${rows.join('\n')}`,
        ...parts,
        '',
    ].join('\n\n');
}
/** Writes a study to `file`, .html or .md. Errors: `evaluate.report` for another name, those of pictures. */
export async function writeStudy(file, cases, head, signal) {
    const kind = extname(file).toLowerCase();
    if (kind !== '.html' && kind !== '.md')
        throw new SensoriumError('evaluate.report', 'a study is a page or Markdown', {
            expected: 'a name that ends in .html or .md',
            got: file,
        });
    await writeAtomic(file, kind === '.md' ? studyMarkdown(cases, head) : await studyPage(cases, head, signal));
}
//# sourceMappingURL=write-study.js.map