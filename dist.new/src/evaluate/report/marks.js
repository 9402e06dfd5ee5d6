// A reply with its claims marked: the words of each under a line of their own kind, so that verdicts are read without color too.
import { html } from './html.js';
const VERDICTS = {
    true: 'true',
    false: 'false',
    unknown: 'not known',
    moot: 'about something that is not there',
};
const titleOf = ({ type, verdict, instead }) => `${type}: ${VERDICTS[verdict]}${instead === undefined ? '' : `; it is ${instead}`}`;
/** The text with its marks. Claims that reach over others, as relations do, are listed below it. */
export function markedHtml({ text, marks }) {
    const sorted = [...marks]
        .filter(({ start, end }) => start >= 0 && end <= text.length && start < end)
        .sort((a, b) => a.start - b.start || a.end - b.end);
    const wide = new Set(sorted.filter((mark) => sorted.some((other) => other !== mark && mark.start <= other.start && other.end <= mark.end && mark.end - mark.start > other.end - other.start)));
    const parts = [];
    let from = 0;
    for (const mark of sorted) {
        if (wide.has(mark))
            continue;
        if (mark.start < from) {
            wide.add(mark); // on the same words as the one before
            continue;
        }
        parts.push(text.slice(from, mark.start), html `<mark class="claim ${mark.verdict}" title="${titleOf(mark)}">${text.slice(mark.start, mark.end)}</mark>`);
        from = mark.end;
    }
    parts.push(text.slice(from));
    const listed = sorted.filter((mark) => wide.has(mark));
    return html `${parts}${listed.length > 0 &&
        html `<span class="claims">${listed.map((mark) => html `<span class="claim-line"><mark class="claim ${mark.verdict}" title="${titleOf(mark)}">${mark.type}</mark> ${text.slice(mark.start, mark.end)}</span>`)}</span>`}`;
}
/** What the lines mean. */
export const legend = () => html `<p class="legend">Claims of a reply: ${Object.entries(VERDICTS).map(([verdict, words]) => html `<mark class="claim ${verdict}">${words}</mark> `)}</p>`;
//# sourceMappingURL=marks.js.map