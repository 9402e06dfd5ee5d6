// Filters of templates that make one value of another.
import { bind, integer, number, optionalString, string } from './arguments.js';
import { TemplateError } from './errors.js';
import { fixed, percent } from './format.js';
import { dumps } from './json.js';
import { solid } from './operators.js';
import { SEQUENCE_FILTERS } from './sequence-filters.js';
import { capitalize, parseFloatText, STRING_METHODS } from './string-methods.js';
import { concat, cut, escapeHtml, isStr, lengthOf, mapText, repeat, replace, safe, split, splitLines, strip, text, } from './strings.js';
import { Blank, Dict, Float, iterate, length, needed, numberOf, repr, str, Tuple, truth, Undefined } from './values.js';
/** A filter whose parameters have names; the value comes first. */
const named = (name, parameters, run) => (args, kwargs) => {
    const [value, ...rest] = args;
    return run(value, bind(name, parameters, rest, kwargs));
};
const ofText = (name, parameters, run) => named(name, parameters, (value, bound) => run(str(value), bound));
const escaped = ofText('escape', [], escapeHtml);
/** Upper case after every space, bracket or hyphen, lower case elsewhere: not the `title` of strings. */
function titleFilter(value) {
    const pieces = [];
    let done = 0;
    for (const m of text(value).matchAll(/[-\s({[<]+/g)) {
        pieces.push(capitalize(cut(value, done, m.index)), cut(value, m.index, m.index + m[0].length));
        done = m.index + m[0].length;
    }
    pieces.push(capitalize(cut(value, done)));
    return concat(pieces);
}
function indent(value, { width, first, blank }) {
    const space = isStr(width) ? width : ' '.repeat(integer(width, 4));
    const lines = splitLines(concat([value, '\n']), false);
    let out;
    if (truth(blank ?? false))
        out = concat(lines, concat(['\n', space]));
    else
        out = concat(lines.map((line, i) => (i === 0 || text(line) === '' ? line : concat([space, line]))), '\n');
    return truth(first ?? false) ? concat([space, out]) : out;
}
function truncate(value, bound) {
    const most = integer(bound.length, 255);
    const end = optionalString(bound.end) ?? '...';
    const leeway = bound.leeway === undefined || bound.leeway === null ? 5 : integer(bound.leeway, 5);
    if (most < end.length)
        throw new TemplateError(`expected length >= ${end.length}, got ${most}`);
    if (lengthOf(value) <= most + leeway)
        return value;
    const kept = cut(value, 0, most - end.length);
    return concat([truth(bound.killwords ?? false) ? kept : split(kept, ' ', 1, true)[0], end]);
}
function toInteger(value, { default: fallback = 0, base }) {
    const v = solid(needed(value));
    if (isStr(v)) {
        const radix = integer(base, 10);
        const clean = text(strip(v, undefined, true, true))
            .replace(/(?<=\w)_(?=\w)/g, '')
            .toLowerCase();
        const m = /^([-+]?)(0x|0o|0b)?([\da-z]+)$/.exec(clean);
        const prefix = { '0x': 16, '0o': 8, '0b': 2 }[m?.[2] ?? ''];
        if (m && (prefix === undefined || prefix === radix || radix === 0)) {
            const actual = radix === 0 ? (prefix ?? 10) : radix;
            const digits = [...m[3]].map((c) => Number.parseInt(c, 36));
            if (digits.every((d) => d < actual))
                return Number(`${digits.reduce((sum, d) => sum * actual + d, 0) * (m[1] === '-' ? -1 : 1)}`) || 0;
        }
        const asFloat = parseFloatText(text(v))?.value;
        return asFloat === undefined || !Number.isFinite(asFloat) ? fallback : Math.trunc(asFloat) || 0;
    }
    const n = numberOf(v);
    return n === undefined || !Number.isFinite(n) ? fallback : Math.trunc(n) || 0;
}
function toFloat(value, { default: fallback = new Float(0) }) {
    const v = solid(needed(value));
    if (isStr(v))
        return parseFloatText(text(v)) ?? fallback;
    const n = numberOf(v);
    return n === undefined ? fallback : new Float(n);
}
function round(value, { precision, method = 'common' }) {
    const x = number(needed(value));
    const places = integer(precision, 0);
    const how = string(method);
    if (how === 'ceil' || how === 'floor')
        return new Float(Math[how](x * 10 ** places) / 10 ** places);
    if (how !== 'common')
        throw new TemplateError('method must be common, ceil or floor');
    if (!(value instanceof Float) && places >= 0)
        return x;
    const scale = 10 ** -places;
    const size = places >= 0 ? Number(fixed(Math.abs(x), Math.min(places, 70))) : Number(fixed(Math.abs(x) / scale, 0)) * scale;
    const out = x < 0 ? -size : size;
    return value instanceof Float ? new Float(out) : out;
}
/** Without comments and tags, white space as one space. Linear: what is never closed is not looked for twice. */
function withoutTags(value) {
    const without = (source, open, close) => {
        let out = '';
        let at = 0;
        for (;;) {
            const start = source.indexOf(open, at);
            const end = start < 0 ? -1 : source.indexOf(close, start + (open === '<' ? 1 : 0));
            if (end < 0)
                return out + source.slice(at);
            out += source.slice(at, start);
            at = end + close.length;
        }
    };
    return without(without(value, '<!--', '-->'), '<', '>')
        .split(/\s+/)
        .filter(Boolean)
        .join(' ');
}
function fileSize(value, { binary }) {
    const bytes = isStr(value) ? (parseFloatText(text(value))?.value ?? Number.NaN) : number(value);
    const base = truth(binary ?? false) ? 1024 : 1000;
    if (bytes === 1)
        return '1 Byte';
    if (bytes < base)
        return `${Math.trunc(bytes)} Bytes`;
    const letters = 'kMGTPEZY';
    let power = 1;
    while (power < letters.length && bytes >= base ** (power + 1))
        power++;
    const letter = letters.charAt(power - 1);
    return `${fixed(bytes / base ** power, 1)} ${base === 1024 ? `${letter.toUpperCase()}iB` : `${letter}B`}`;
}
function urlencode(value) {
    const quote = (part) => encodeURIComponent(part.replace(/[\uD800-\uDFFF]/gu, '\uFFFD')).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    if (isStr(value))
        return mapText(value, (part) => quote(part).replaceAll('%2F', '/'));
    const plus = (one) => mapText(str(one), (part) => quote(part).replaceAll('%20', '+'));
    const pairs = value instanceof Dict ? value.entries() : iterate(value).map((pair) => iterate(pair));
    return concat(pairs.map(([k, v]) => concat([plus(k), '=', plus(v)])), '&');
}
function wordwrap(value, { width, break_long_words: breaks, wrapstring }) {
    const room = integer(width, 79);
    const lines = splitLines(value, false).flatMap((line) => {
        const out = [];
        let current = '';
        for (const m of text(line).matchAll(/\s*[^\s-]*(?:-+|(?=\s)|$)/g)) {
            if (m[0] === '')
                continue;
            let chunk = cut(line, m.index, m.index + m[0].length);
            if (lengthOf(strip(concat([current, chunk]), undefined, false, true)) <= room) {
                current = concat([current, chunk]);
                continue;
            }
            if (text(current) !== '')
                out.push(strip(current, undefined, false, true));
            chunk = strip(chunk, undefined, true, false);
            while (truth(breaks ?? true) && lengthOf(chunk) > room) {
                out.push(cut(chunk, 0, room));
                chunk = cut(chunk, room);
            }
            current = chunk;
        }
        if (text(current) !== '' || out.length === 0)
            out.push(current);
        return out;
    });
    return concat(lines, isStr(wrapstring) ? wrapstring : '\n');
}
const fallback = named('default', ['default_value', 'boolean'], (value, { default_value = '', boolean = false }) => {
    const isMissing = value instanceof Undefined || (value instanceof Blank && value.kind === 'undefined');
    return isMissing || (truth(boolean) && !truth(value)) ? default_value : value;
});
const VALUE_FILTERS = {
    __proto__: null,
    abs: named('abs', [], (value) => (value instanceof Float ? new Float(Math.abs(value.value)) : Math.abs(number(needed(value))))),
    capitalize: ofText('capitalize', [], capitalize),
    center: ofText('center', ['width'], (value, { width = 80 }) => STRING_METHODS.center?.(value, [width], new Map())),
    d: fallback,
    default: fallback,
    e: escaped,
    escape: escaped,
    forceescape: ofText('forceescape', [], (value) => escapeHtml(concat([text(value)]))),
    filesizeformat: named('filesizeformat', ['binary'], fileSize),
    float: named('float', ['default'], toFloat),
    format([value, ...args], kwargs) {
        if (args.length > 0 && kwargs.size > 0)
            throw new TemplateError("can't handle positional and keyword arguments at the same time");
        return percent(str(value), kwargs.size > 0 ? new Dict(kwargs) : Tuple.from(args));
    },
    indent: ofText('indent', ['width', 'first', 'blank'], indent),
    int: named('int', ['default', 'base'], toInteger),
    length: named('length', [], length),
    count: named('count', [], length),
    lower: ofText('lower', [], (value) => mapText(value, (part) => part.toLowerCase())),
    pprint: named('pprint', [], (value) => repr(value)),
    replace: ofText('replace', ['old', 'new', 'count'], (value, { old = '', new: by = '', count }) => replace(value, str(old), str(by), count === null ? -1 : integer(count, -1))),
    round: named('round', ['precision', 'method'], round),
    safe: ofText('safe', [], safe),
    string: ofText('string', [], (value) => value),
    striptags: ofText('striptags', [], (value) => safe(withoutTags(text(value)))),
    title: ofText('title', [], titleFilter),
    tojson: named('tojson', ['ensure_ascii', 'indent', 'separators', 'sort_keys'], (value, { ensure_ascii = false, indent: depth, separators, sort_keys = false }) => {
        const pair = separators === undefined || separators === null ? undefined : iterate(separators).map(str);
        const space = depth === undefined || depth === null ? undefined : isStr(depth) ? depth : repeat(' ', integer(depth, 0));
        return dumps(value, {
            ascii: truth(ensure_ascii),
            indent: space,
            separators: pair,
            sortKeys: truth(sort_keys),
        });
    }),
    trim: ofText('trim', ['chars'], (value, { chars }) => strip(value, optionalString(chars), true, true)),
    truncate: ofText('truncate', ['length', 'killwords', 'end', 'leeway'], truncate),
    upper: ofText('upper', [], (value) => mapText(value, (part) => part.toUpperCase())),
    urlencode: named('urlencode', [], urlencode),
    wordcount: ofText('wordcount', [], (value) => text(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
    wordwrap: ofText('wordwrap', ['width', 'break_long_words', 'wrapstring', 'break_on_hyphens'], wordwrap),
};
/** A filter by name; undefined where there is none. */
export function filterOf(name) {
    return VALUE_FILTERS[name] ?? SEQUENCE_FILTERS[name];
}
/** The same; throws `No filter named …`. */
export function requiredFilter(name) {
    const filter = filterOf(name);
    if (filter === undefined)
        throw new TemplateError(`No filter named '${name}'.`);
    return filter;
}
//# sourceMappingURL=filters.js.map