// Strings that remember where each stretch came from: written by the template, or passed in with the conversation.
import { TemplateError } from './errors.js';
import { spend, spendText } from './work.js';
/** A string of which at least one stretch has a source, or that is safe HTML. Runs cover the string without gaps. */
export class Marked {
    value;
    runs;
    isSafe;
    constructor(value, runs, 
    /** Markup in Python: what is added to it is escaped. */
    isSafe = false) {
        this.value = value;
        this.runs = runs;
        this.isSafe = isSafe;
    }
}
/** True for both forms of a string. */
export const isStr = (value) => typeof value === 'string' || value instanceof Marked;
/** The characters alone. */
export const text = (s) => (typeof s === 'string' ? s : s.value);
/** A text that came from `source`. */
export const marked = (value, source) => (value === '' ? '' : new Marked(value, [{ end: value.length, source }]));
/** The string as what `safe` and `escape` return. */
export function safe(s) {
    return new Marked(text(s), typeof s === 'string' ? [{ end: s.length, source: undefined }] : s.runs, true);
}
export const isSafe = (s) => s instanceof Marked && s.isSafe;
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
/** HTML of a text; what is safe stays. */
export function escapeHtml(s) {
    return isSafe(s) ? s : safe(mapText(s, (part) => part.replace(/[&<>"']/g, (c) => ESCAPES[c])));
}
/** Longest string that a template may build, in UTF-16 units: 64 Mi, far beyond every prompt. */
export const MAX_LENGTH = 1 << 26;
const tooLong = () => new TemplateError(`the text grows beyond ${MAX_LENGTH} characters`);
/** Strings one after another. */
export function concat(parts, separator = '') {
    let length = text(separator).length * Math.max(parts.length - 1, 0);
    let plain = typeof separator === 'string';
    for (const part of parts) {
        length += text(part).length;
        plain &&= typeof part === 'string';
    }
    if (length > MAX_LENGTH)
        throw tooLong();
    spendText(length);
    if (plain)
        return parts.join(separator);
    const runs = [];
    const values = [];
    let at = 0;
    const add = (s) => {
        const value = text(s);
        if (value === '')
            return;
        values.push(value);
        for (const { end, source } of typeof s === 'string' ? [{ end: s.length, source: undefined }] : s.runs) {
            const last = runs.at(-1);
            if (last && last.source === source)
                last.end = at + end;
            else
                runs.push({ end: at + end, source });
        }
        at += value.length;
    };
    parts.forEach((part, i) => {
        if (i > 0)
            add(separator);
        add(part);
    });
    return whole(values.join(''), runs);
}
/** A string of runs, plain where none has a source. */
function whole(value, runs) {
    return runs.every((run) => run.source === undefined) ? value : new Marked(value, runs);
}
/** From `start` up to `end`, in UTF-16 units. */
export function cut(s, start, end = text(s).length) {
    if (typeof s === 'string')
        return s.slice(start, end);
    if (start >= end)
        return '';
    const runs = [];
    for (const run of s.runs) {
        if (run.end <= start)
            continue;
        runs.push({ end: Math.min(run.end, end) - start, source: run.source });
        if (run.end >= end)
            break;
    }
    const part = whole(s.value.slice(start, end), runs);
    return s.isSafe ? safe(part) : part;
}
/** Each stretch changed by itself, such as to upper case. */
export function mapText(s, change) {
    spendText(text(s).length);
    if (typeof s === 'string')
        return change(s);
    let at = 0;
    const parts = s.runs.map(({ end, source }) => {
        const part = change(s.value.slice(at, end));
        at = end;
        return source === undefined ? part : marked(part, source);
    });
    const all = concat(parts);
    return s.isSafe ? safe(all) : all;
}
/** A string `times` over. */
export function repeat(s, times) {
    if (times <= 0 || text(s) === '')
        return '';
    if (text(s).length * times > MAX_LENGTH)
        throw tooLong();
    if (typeof s === 'string')
        return s.repeat(times);
    const all = concat(new Array(times).fill(s));
    return s.isSafe ? safe(all) : all;
}
const SURROGATE = /[\uD800-\uDFFF]/;
/** Where each character (code point, as Python counts) begins, with the end as the last entry; undefined where that is every UTF-16 unit. */
function starts(value) {
    if (!SURROGATE.test(value))
        return undefined;
    const out = [];
    for (let i = 0; i < value.length; i += value.codePointAt(i) > 0xffff ? 2 : 1)
        out.push(i);
    out.push(value.length);
    return out;
}
/** Characters as Python counts them. */
export function lengthOf(s) {
    const value = text(s);
    return (starts(value)?.length ?? value.length + 1) - 1;
}
/** The characters, each a string. */
export function characters(s) {
    const value = text(s);
    spend(value.length >> 2);
    const at = starts(value) ?? Array.from({ length: value.length + 1 }, (_, i) => i);
    return at.slice(0, -1).map((start, i) => cut(s, start, at[i + 1]));
}
/** UTF-16 unit where the character `index` begins. */
export function unitOf(value, index) {
    return starts(value)?.[index] ?? index;
}
/** The character that begins at a UTF-16 unit. */
export function indexOfUnit(value, unit) {
    if (unit < 0 || !SURROGATE.test(value))
        return unit;
    return lengthOf(value.slice(0, unit));
}
/** Python's white space. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${SPACE}]+`);
const IS_SPACE = new RegExp(`[${SPACE}]`);
const SPACES = new RegExp(`[${SPACE}]+`, 'g');
/** True for one character of white space. */
export const isSpace = (c) => IS_SPACE.test(c);
/** `strip`, `lstrip` and `rstrip`: characters of `chars`, or white space, away from the ends. */
export function strip(s, chars, left, right) {
    const value = text(s);
    spendText(value.length);
    const set = chars === undefined ? undefined : new Set(chars);
    const drops = (c) => (set ? set.has(c) : isSpace(c));
    let start = 0;
    let end = value.length;
    if (left && !set)
        start = LEADING.exec(value)?.[0].length ?? 0;
    while (left && set && start < end) {
        const c = String.fromCodePoint(value.codePointAt(start));
        if (!drops(c))
            break;
        start += c.length;
    }
    while (right && end > start) {
        const low = value.charCodeAt(end - 1);
        const c = low >= 0xdc00 && low <= 0xdfff && end - start > 1 ? value.slice(end - 2, end) : value.charAt(end - 1);
        if (!drops(c))
            break;
        end -= c.length;
    }
    return cut(s, start, Math.max(start, end));
}
/** `split` and `rsplit`; `limit` is the most cuts, below 0 for all. */
export function split(s, separator, limit, fromRight = false) {
    const value = text(s);
    spendText(value.length);
    let gaps;
    if (separator === undefined) {
        const inner = strip(s, undefined, true, true);
        if (text(inner) === '')
            return [];
        gaps = [...value.matchAll(SPACES)].map((m) => [m.index, m.index + m[0].length]);
        // White space at the ends separates nothing.
        if (gaps[0]?.[0] === 0)
            gaps.shift();
        if (gaps.at(-1)?.[1] === value.length)
            gaps.pop();
    }
    else {
        if (separator === '')
            throw new TemplateError('empty separator');
        gaps = fromRight ? findAllFromRight(value, separator) : findAll(value, separator);
    }
    if (limit >= 0)
        gaps = fromRight ? gaps.slice(Math.max(gaps.length - limit, 0)) : gaps.slice(0, limit);
    const parts = [];
    let at = 0;
    for (const [start, end] of gaps) {
        parts.push(cut(s, at, start));
        at = end;
    }
    parts.push(cut(s, at));
    if (separator !== undefined)
        return parts;
    // Without a separator the outer white space goes, except what a limit leaves in the last part (Python keeps that part's other end).
    const bounded = limit >= 0 && gaps.length === limit;
    const last = parts.length - 1;
    parts[0] = strip(parts[0], undefined, !(bounded && fromRight), last === 0 ? !bounded || fromRight : false);
    if (last > 0)
        parts[last] = strip(parts[last], undefined, false, !bounded || fromRight);
    return parts;
}
function findAll(value, what) {
    const out = [];
    for (let i = value.indexOf(what); i >= 0; i = value.indexOf(what, i + what.length))
        out.push([i, i + what.length]);
    return out;
}
function findAllFromRight(value, what) {
    const out = [];
    for (let end = value.length; end >= what.length;) {
        const i = value.lastIndexOf(what, end - what.length);
        if (i < 0)
            break;
        out.unshift([i, i + what.length]);
        end = i;
    }
    return out;
}
/** `replace`; `limit` below 0 for all. */
export function replace(s, old, by, limit = -1) {
    const value = text(s);
    spendText(value.length);
    const what = text(old);
    let places;
    if (what === '') {
        const at = starts(value) ?? Array.from({ length: value.length + 1 }, (_, i) => i);
        places = at.map((i) => [i, i]);
    }
    else
        places = findAll(value, what);
    if (limit >= 0)
        places = places.slice(0, limit);
    if (places.length === 0)
        return s;
    const parts = [];
    let done = 0;
    for (const [start, end] of places) {
        parts.push(cut(s, done, start), by);
        done = end;
    }
    parts.push(cut(s, done));
    return concat(parts);
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at some
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;
/** Lines; ends stay with `keep`. */
export function splitLines(s, keep) {
    const value = text(s);
    const out = [];
    let at = 0;
    for (const m of value.matchAll(LINE_END)) {
        out.push(cut(s, at, keep ? m.index + m[0].length : m.index));
        at = m.index + m[0].length;
    }
    if (at < value.length)
        out.push(cut(s, at));
    return out;
}
//# sourceMappingURL=strings.js.map