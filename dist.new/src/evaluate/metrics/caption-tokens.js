// Captions as the words that their metrics compare: Penn Treebank tokens in lower case without punctuation, as pycocoevalcap has them.
/** Tokens that pycocoevalcap drops after the tokenizer. Brackets stay, since they are in lower case by then (`-lrb-`), and so does "!!". */
const dropped = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';']);
/** Words that the tokenizer cuts in two. */
const cut = new Map('can_not gon_na got_ta lem_me gim_me wan_na'
    .split(' ')
    .map((pair) => [pair.replace('_', ''), pair.split('_')])
    .concat([
    ["'tis", ["'t", 'is']],
    ["'twas", ["'t", 'was']],
]));
/** Characters that stand in tokens under another name. */
const renamed = new Map(Object.entries({
    '(': '-lrb-',
    ')': '-rrb-',
    '[': '-lsb-',
    ']': '-rsb-',
    '{': '-lcb-',
    '}': '-rcb-',
    '£': '#',
    '€': '$',
    '¢': 'cents',
    '½': '1/2',
    '¼': '1/4',
    '¾': '3/4',
    '…': '...',
    '–': '--',
    '—': '--',
}));
const abbreviations = 'mr|mrs|ms|drs?|profs?|sens?|reps?|attys?|lt|col|gen|messrs|govs?|adm|rev|maj|sgt|cpl|pvt|mt|capt|ste?|ave|pres|lieut|hon|brig|comdr|' +
    'pfc|inc|cos?|corp|ltd|plc|rt|dept|assn|univ|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|etc|vs|nos?|ct|rd|blvd|tues?|wed|thurs?|fri|jr|sr|bros|ph';
const letter = '[\\p{L}\\p{M}]';
const other = '(?![\\p{L}\\p{M}\\p{N}])';
const number = `\\d*(?:[.:,]\\d+)+|\\d+`;
const word = `(?:\\d*(?:[.:,]\\d+)+|[\\p{L}\\p{M}\\p{N}_]+)`;
const thing = `(?:[dol]'(?=[\\p{L}\\p{N}]))?${word}`;
/** The tokens of a text without spaces, in order of preference. */
const piece = new RegExp([
    `(?:https?://|www\\.)[^\\s"<>]*[^\\s"<>.,;:!?)]`,
    `[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+`,
    `</?[a-z!][^\\s<>]*>`,
    `(?:${abbreviations})\\.${other}`,
    `${letter}(?:\\.${letter})+\\.?${other}`,
    `(?<![\\p{L}\\p{N}'])${letter}\\.${other}`,
    '[@#][a-z_][a-z_0-9]*',
    `'(?:re|ve|ll|[smd])${other}`,
    `'n'|'(?:em|\\d0s)${other}`,
    `n't${other}`,
    `(?:ma'am|y'(?=all))`,
    '[a-z]+(?:&[a-z]+)+',
    `[a-z0-9]+(?:\\.[a-z][a-z0-9]*)+`,
    '[a-z0-9]+(?:-[a-z]+){0,2}(?:/[a-z0-9]+(?:-[a-z]+){0,2}){1,2}',
    `${thing}(?:-${thing})*`,
    number,
    '\\.{3,5}|[!?]+|-+|#+',
    '[^\\s]',
].join('|'), 'gu');
const plain = /^[a-z]+$/;
const initial = /(?:^|[^\p{L}\p{N}'.])(?:[a-z]|no)\.$/u;
const starters = new Set('A An And Another At But He Her Here His How I If In It Its My On One Our She So Some That The Their There These They This Those Two We What When Where Who You'.split(' '));
/** Results for the pieces of text that come again and again, such as "dog's" and "street.". */
const known = new Map();
const KNOWN = 2 ** 16;
function split(text) {
    const out = [];
    let end = 0;
    for (const { 0: found, index } of text.matchAll(piece)) {
        const last = out.at(-1);
        const pair = cut.get(found);
        if (pair)
            out.push(...pair);
        // "don't" is "do" and "n't".
        else if (found === "'" && text.startsWith('t', index + 1) && last?.endsWith('n') && index === end)
            out.splice(-1, 1, last.slice(0, -1), "n'");
        else if (found === 't' && last === "n'" && index === end)
            out.splice(-1, 1, "n't");
        else if (/^-{3,4}$/.test(found))
            out.push('--');
        else if (/^\.{3,5}$/.test(found))
            out.push('...');
        else
            out.push(renamed.get(found) ?? found);
        end = index + found.length;
    }
    return out.filter((token) => token !== '' && !dropped.has(token));
}
/**
 * The words of a caption. Follows Stanford's PTBTokenizer 3.4.1 with `-lowerCase` and the punctuation list of pycocoevalcap for what captions
 * hold: contractions, possessives, hyphens, numbers, abbreviations, brackets, quotes. Beyond that (smileys, phone numbers, file names) tokens
 * may be cut differently.
 */
export function captionTokens(caption) {
    const out = [];
    const text = caption
        .replace(/[‘’]/g, "'")
        .replace(/[“”"]/g, ' ')
        .replaceAll('&amp;', '&')
        .replace(/[\u{10000}-\u{10ffff}]|\ufe0f/gu, '');
    const chunks = text.split(/\s+/);
    for (const [i, whole] of chunks.entries()) {
        if (whole === '')
            continue;
        const lower = whole.toLowerCase();
        // "on a. The man": a dot after one letter ends the sentence only where the next word begins one.
        const chunk = initial.test(lower) && starters.has(chunks[i + 1] ?? '') ? lower.slice(0, -1) : lower;
        if (plain.test(chunk) && !cut.has(chunk)) {
            out.push(chunk);
            continue;
        }
        let tokens = known.get(chunk);
        if (tokens === undefined) {
            tokens = split(chunk);
            if (known.size >= KNOWN)
                known.clear();
            if (chunk.length <= 64)
                known.set(chunk, tokens);
        }
        for (const token of tokens)
            out.push(token);
    }
    return out;
}
//# sourceMappingURL=caption-tokens.js.map