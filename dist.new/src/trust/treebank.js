// Words of an English text as the published CHAIR script splits them: sentences first, then the Penn Treebank's rules (nltk.word_tokenize).
/** Words whose full stop ends no sentence; nor does that of initials and numbers. */
const abbreviations = new Set('mr mrs ms dr prof st vs etc e.g i.e u.s u.k a.m p.m no jr sr inc ltd co corp fig al approx dept est jan feb mar apr aug sept oct nov dec'.split(' '));
/** The text cut behind marks that end a sentence: only there is a full stop a word of its own. */
function cut(text) {
    const out = [];
    let from = 0;
    for (const m of text.matchAll(/[.?!]+["')\]}”’]*(?=\s+\S)/g)) {
        const word = /(\S*?)\.$/.exec(text.slice(from, m.index + m[0].length))?.[1];
        if (m[0] === '.' && word !== undefined && (abbreviations.has(word.toLowerCase()) || /^(?:(?:[a-z]\.)*[a-z]|[\d:.,]*\d)$/i.test(word)))
            continue;
        out.push(text.slice(from, m.index + m[0].length));
        from = m.index + m[0].length;
    }
    out.push(text.slice(from));
    return out;
}
/** Substitutions of the Treebank tokenizer, in order; what is spaced apart becomes a word. */
const substitutions = [
    [/([«“‘„]|`+)/g, ' $1 '],
    [/^"/g, '``'],
    [/(``)/g, ' $1 '],
    [/([ ([{<])("|'{2})/g, '$1 `` '],
    [/(')(?!re|ve|ll|m|t|s|d|n)(\w)\b/gi, '$1 $2'],
    [/([^.])(\.)([\])}>"'»”’ ]*)\s*$/g, '$1 $2 $3 '],
    [/([:,])([^\d])/g, ' $1 $2'],
    [/([:,])$/g, ' $1 '],
    [/\.{2,}/g, ' $& '],
    [/[;@#$%&]/g, ' $& '],
    [/[?!]/g, ' $& '],
    [/([^'])' /g, "$1 ' "],
    [/[*]/g, ' $& '],
    [/[\][(){}<>]/g, ' $& '],
    [/--/g, ' -- '],
];
const endings = [
    [/([»”’])/g, ' $1 '],
    [/''/g, " '' "],
    [/"/g, " '' "],
    [/([^' ])('s|'m|'d|') /gi, '$1 $2 '],
    [/([^' ])('ll|'re|'ve|n't) /gi, '$1 $2 '],
    [/\b(can)(not)\b/gi, '$1 $2'],
    [/\b(d)('ye)\b/gi, '$1 $2'],
    [/\b(gim|lem)(me)\b/gi, '$1 $2'],
    [/\b(gon|wan)(na)\b/gi, '$1 $2'],
    [/\b(got)(ta)\b/gi, '$1 $2'],
    [/\b(more)('n)\b/gi, '$1 $2'],
    [/ ('t)(is|was)\b/gi, ' $1 $2'],
];
/** The words and marks of a text, in order. */
export function treebankWords(text) {
    return cut(text).flatMap((sentence) => {
        let out = sentence.trim();
        for (const [pattern, to] of substitutions)
            out = out.replace(pattern, to);
        out = ` ${out} `;
        for (const [pattern, to] of endings)
            out = out.replace(pattern, to);
        return out.split(/\s+/).filter(Boolean);
    });
}
//# sourceMappingURL=treebank.js.map