// A rendered conversation: what the template wrote, cut into special tokens and text, with the place of each reply.
import { text } from './jinja/index.js';
import { escapeRegExp } from './tokenizer.js';
/** Special tokens of a tokenizer, ready to be found. */
export class SpecialFinder {
    ends;
    regex;
    constructor(tokens, 
    /** End-of-turn tokens; true for those at which the model is known to stop. */
    ends) {
        this.ends = ends;
        const longestFirst = [...tokens].filter((token) => token !== '').sort((a, b) => b.length - a.length);
        this.regex = longestFirst.length > 0 ? new RegExp(longestFirst.map(escapeRegExp).join('|'), 'gu') : undefined;
    }
    /**
     * Cuts a rendered text into pieces. Only characters that the template wrote make special tokens: what content spells, alone or
     * together with the template, stays text. `ends` are the end-of-turn tokens by where they begin.
     */
    read(rendered) {
        const pieces = [];
        const ends = new Map();
        let plain = '';
        let at = 0;
        const runs = typeof rendered === 'string' ? [{ end: rendered.length, source: undefined }] : rendered.runs;
        const value = text(rendered);
        for (const { end, source } of runs) {
            if (source === undefined && this.regex) {
                const part = value.slice(at, end);
                let done = 0;
                for (const match of part.matchAll(this.regex)) {
                    const start = at + match.index;
                    plain += part.slice(done, match.index);
                    done = match.index + match[0].length;
                    if (plain !== '')
                        pieces.push({ text: plain, special: false });
                    plain = '';
                    pieces.push({ text: match[0], special: true });
                    const isSure = this.ends.get(match[0]);
                    if (isSure !== undefined)
                        ends.set(start, { to: start + match[0].length, isSure });
                }
                plain += part.slice(done);
            }
            else
                plain += value.slice(at, end);
            at = end;
        }
        if (plain !== '')
            pieces.push({ text: plain, special: false });
        return { pieces, ends };
    }
}
//# sourceMappingURL=rendered.js.map