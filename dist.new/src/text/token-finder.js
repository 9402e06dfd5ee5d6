// Finds added tokens in a text, as tokenizers does: the leftmost and of these the longest, with their flags, in time linear in the text.
import { PairTable } from './pair-table.js';
/** What `\w` is in Rust's regular expressions. */
const WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const SPACE = /\s/;
/** Splits texts at a set of tokens. */
export class TokenFinder {
    edges;
    ends = [undefined];
    /** `spelling`: how a token stands in the text. Default: its content. */
    constructor(tokens, spelling = ({ content }) => content) {
        this.edges = new PairTable(tokens.reduce((n, token) => n + token.content.length + 1, 0));
        for (const token of tokens) {
            const text = spelling(token);
            let node = 0;
            for (let i = 0; i < text.length; i++) {
                const code = text.charCodeAt(i);
                let next = this.edges.get(node, code);
                if (next < 0) {
                    next = this.ends.push(undefined) - 1;
                    this.edges.set(node, code, next);
                }
                node = next;
            }
            if (node > 0)
                this.ends[node] = token;
        }
    }
    /** True where there is nothing to find. */
    get empty() {
        return this.ends.length === 1;
    }
    /**
     * The text in pieces, none of them empty. `single_word` tokens inside a word are not found; `lstrip` and `rstrip` ones take the white
     * space beside them away where `strip`.
     */
    split(text, strip = true) {
        if (this.empty)
            return text === '' ? [] : [{ text }];
        const pieces = [];
        let start = 0;
        const textUntil = (end) => {
            if (end > start)
                pieces.push({ text: text.slice(start, end) });
        };
        for (let at = 0; at < text.length;) {
            const end = this.longest(text, at);
            if (end === undefined) {
                at++;
                continue;
            }
            const [to, token] = end;
            if (!token.single_word || isAlone(text, at, to)) {
                let from = at;
                if (strip && token.lstrip)
                    while (from > start && SPACE.test(text[from - 1]))
                        from--;
                textUntil(from);
                pieces.push({ text: text.slice(at, to), token });
                start = to;
                if (strip && token.rstrip)
                    while (start < text.length && SPACE.test(text[start]))
                        start++;
                at = start;
            }
            else
                at = to;
        }
        textUntil(text.length);
        return pieces;
    }
    longest(text, at) {
        let best;
        let node = 0;
        for (let i = at; i < text.length;) {
            node = this.edges.get(node, text.charCodeAt(i++));
            if (node < 0)
                break;
            const token = this.ends[node];
            if (token)
                best = [i, token];
        }
        return best;
    }
}
/** True where no letter or digit is beside a stretch. */
function isAlone(text, start, end) {
    const before = start === 0 ? '' : (Array.from(text.slice(Math.max(0, start - 2), start)).at(-1) ?? '');
    const after = end === text.length ? '' : String.fromCodePoint(text.codePointAt(end));
    return !WORD.test(before) && !WORD.test(after);
}
//# sourceMappingURL=token-finder.js.map