// Methods of Python strings.
import { bind, integer, optionalString, string } from './arguments.js';
import { TemplateError } from './errors.js';
import { characters, concat, cut, indexOfUnit, isSpace, isStr, lengthOf, mapText, repeat, replace, split, splitLines, strip, text, unitOf, } from './strings.js';
import { Bytes, Dict, Float, iterate, Tuple, typeName } from './values.js';
const upper = (s) => mapText(s, (part) => part.toUpperCase());
const lower = (s) => mapText(s, (part) => part.toLowerCase());
/** First character in upper case, the rest in lower case. */
export function capitalize(s) {
    const [first] = characters(s);
    return first === undefined ? '' : concat([upper(first), lower(cut(s, text(first).length))]);
}
const LETTER = /\p{L}/u;
/** Upper case at the beginning of every run of letters (Python's `title`, which also begins anew after an apostrophe). */
function title(s) {
    let inside = false;
    return concat(characters(s).map((c) => {
        const isLetter = LETTER.test(text(c));
        const out = isLetter ? (inside ? lower(c) : upper(c)) : c;
        inside = isLetter;
        return out;
    }));
}
const simple = (name, run) => (self, args, kwargs) => {
    bind(name, [], args, kwargs);
    return run(self);
};
const stripping = (name, left, right) => (self, args, kwargs) => strip(self, optionalString(bind(name, ['chars'], args, kwargs).chars), left, right);
const splitting = (name, fromRight) => (self, args, kwargs) => {
    const { sep, maxsplit } = bind(name, ['sep', 'maxsplit'], args, kwargs);
    return split(self, optionalString(sep), integer(maxsplit, -1), fromRight);
};
/** The part of a string that `find`, `count` and the like look at, in UTF-16 units. */
function bounds(self, start, end) {
    const value = text(self);
    const length = lengthOf(self);
    const clip = (at, fallback) => {
        const i = at === undefined || at === null ? fallback : integer(at, fallback);
        return unitOf(value, Math.min(Math.max(i < 0 ? i + length : i, 0), length));
    };
    return [clip(start, 0), clip(end, length)];
}
const finding = (name, last, mustFind) => (self, args, kwargs) => {
    const { sub, start, end } = bind(name, ['sub', 'start', 'end'], args, kwargs, 1);
    const [from, to] = bounds(self, start, end);
    const part = text(self).slice(from, to);
    const at = from > to ? -1 : last ? part.lastIndexOf(string(sub)) : part.indexOf(string(sub));
    if (at < 0 && mustFind)
        throw new TemplateError('substring not found');
    return at < 0 ? -1 : indexOfUnit(text(self), from + at);
};
const edging = (name, atStart) => (self, args, kwargs) => {
    const { fix, start, end } = bind(name, ['fix', 'start', 'end'], args, kwargs, 1);
    const [from, to] = bounds(self, start, end);
    const part = text(self).slice(from, to);
    if (!(isStr(fix) || fix instanceof Tuple))
        throw new TemplateError(`${name} first arg must be str or a tuple of str, not ${typeName(fix)}`);
    const all = fix instanceof Tuple ? fix : [fix];
    return from <= to && all.some((one) => (atStart ? part.startsWith(string(one)) : part.endsWith(string(one))));
};
const parting = (name, last) => (self, args, kwargs) => {
    const sep = bind(name, ['sep'], args, kwargs, 1).sep;
    if (string(sep) === '')
        throw new TemplateError('empty separator');
    const at = last ? text(self).lastIndexOf(text(sep)) : text(self).indexOf(text(sep));
    if (at < 0)
        return last ? Tuple.of2('', '', self) : Tuple.of2(self, '', '');
    const end = at + text(sep).length;
    return Tuple.of2(cut(self, 0, at), cut(self, at, end), cut(self, end));
};
const padding = (name, place) => (self, args, kwargs) => {
    const { width, fillchar } = bind(name, ['width', 'fillchar'], args, kwargs, 1);
    const fill = fillchar === undefined ? ' ' : string(fillchar);
    if (lengthOf(fill) !== 1)
        throw new TemplateError('The fill character must be exactly one character long');
    const wide = integer(width, 0);
    const room = wide - lengthOf(self);
    if (room <= 0)
        return self;
    // CPython puts the odd one of a centered text to the left where the width is odd.
    const left = place === 'left' ? 0 : place === 'right' ? room : Math.floor(room / 2) + (room & wide & 1);
    return concat([repeat(fill, left), self, repeat(fill, room - left)]);
};
const every = (name, pattern) => (self, args, kwargs) => {
    bind(name, [], args, kwargs);
    return pattern.test(text(self));
};
/** Cased letters exist and none is of the other case. */
const cased = (name, wrong) => (self, args, kwargs) => {
    bind(name, [], args, kwargs);
    return /[\p{Lu}\p{Ll}\p{Lt}]/u.test(text(self)) && !wrong.test(text(self));
};
const removing = (name, atStart) => (self, args, kwargs) => {
    const fix = string(bind(name, ['fix'], args, kwargs, 1).fix);
    const value = text(self);
    if (fix === '' || !(atStart ? value.startsWith(fix) : value.endsWith(fix)))
        return self;
    return atStart ? cut(self, fix.length) : cut(self, 0, value.length - fix.length);
};
function isTitle(value) {
    let inside = false;
    let any = false;
    for (const c of value) {
        const isUpper = /[\p{Lu}\p{Lt}]/u.test(c);
        const isLower = /\p{Ll}/u.test(c);
        if ((isUpper && inside) || (isLower && !inside))
            return false;
        inside = isUpper || isLower;
        any ||= inside;
    }
    return any;
}
function translate(self, table) {
    if (!(table instanceof Dict))
        throw new TemplateError('translate() needs a table');
    return concat(characters(self).map((c) => {
        const code = text(c).codePointAt(0);
        if (!table.has(code))
            return c;
        const by = table.get(code);
        return by === null ? '' : typeof by === 'number' ? String.fromCodePoint(by) : by;
    }));
}
/** By name; `format` is made by the evaluator, which can read attributes. */
export const STRING_METHODS = {
    // A null prototype: no name reaches Object's own.
    __proto__: null,
    capitalize: simple('capitalize', capitalize),
    casefold: simple('casefold', (s) => mapText(s, (part) => part.toLowerCase().replaceAll('ß', 'ss'))),
    center: padding('center', 'center'),
    count(self, args, kwargs) {
        const { sub, start, end } = bind('count', ['sub', 'start', 'end'], args, kwargs, 1);
        const [from, to] = bounds(self, start, end);
        const what = string(sub);
        const part = cut(self, from, to);
        return what === '' ? lengthOf(part) + 1 : text(part).split(what).length - 1;
    },
    encode(self, args, kwargs) {
        const { encoding } = bind('encode', ['encoding', 'errors'], args, kwargs);
        if (!/^(utf-?8)$/i.test(optionalString(encoding) ?? 'utf-8'))
            throw new TemplateError('only UTF-8 can be encoded');
        return new Bytes(new TextEncoder().encode(text(self)));
    },
    endswith: edging('endswith', false),
    expandtabs(self, args, kwargs) {
        const size = integer(bind('expandtabs', ['tabsize'], args, kwargs).tabsize, 8);
        let column = 0;
        return concat(characters(self).map((c) => {
            const room = size > 0 ? size - (column % size) : 0;
            column = text(c) === '\n' || text(c) === '\r' ? 0 : column + (text(c) === '\t' ? room : 1);
            return text(c) === '\t' ? repeat(' ', room) : c;
        }));
    },
    find: finding('find', false, false),
    index: finding('index', false, true),
    isalnum: every('isalnum', /^[\p{L}\p{N}]+$/u),
    isalpha: every('isalpha', /^\p{L}+$/u),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them
    isascii: every('isascii', /^[\x00-\x7f]*$/),
    isdecimal: every('isdecimal', /^\p{Nd}+$/u),
    isdigit: every('isdigit', /^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨]+$/u),
    isidentifier: every('isidentifier', /^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u),
    islower: cased('islower', /[\p{Lu}\p{Lt}]/u),
    isnumeric: every('isnumeric', /^\p{N}+$/u),
    isprintable: every('isprintable', /^[^\p{C}\p{Z}]*( [^\p{C}\p{Z}]*)*$/u),
    isspace: simple('isspace', (s) => text(s) !== '' && [...text(s)].every(isSpace)),
    istitle: simple('istitle', (s) => isTitle(text(s))),
    isupper: cased('isupper', /[\p{Ll}\p{Lt}]/u),
    join(self, args, kwargs) {
        const items = iterate(bind('join', ['iterable'], args, kwargs, 1).iterable);
        const wrong = items.findIndex((item) => !isStr(item));
        if (wrong >= 0)
            throw new TemplateError(`sequence item ${wrong}: expected str instance, ${typeName(items[wrong])} found`);
        return concat(items, self);
    },
    ljust: padding('ljust', 'left'),
    lower: simple('lower', lower),
    lstrip: stripping('lstrip', true, false),
    maketrans(_, args, kwargs) {
        const { x, y, z } = bind('maketrans', ['x', 'y', 'z'], args, kwargs, 1);
        const code = (key) => (isStr(key) ? text(key).codePointAt(0) : key);
        if (x instanceof Dict)
            return new Dict(x.entries().map(([key, value]) => [code(key), value]));
        const to = characters(string(y));
        const out = new Dict(characters(string(x)).map((c, i) => [code(c), code(to[i] ?? null)]));
        for (const c of characters(optionalString(z) ?? ''))
            out.set(code(c), null);
        return out;
    },
    partition: parting('partition', false),
    removeprefix: removing('removeprefix', true),
    removesuffix: removing('removesuffix', false),
    replace(self, args, kwargs) {
        const { old, new: by, count } = bind('replace', ['old', 'new', 'count'], args, kwargs, 2);
        if (!isStr(old) || !isStr(by))
            throw new TemplateError(`replace() argument must be str, not ${typeName(isStr(old) ? by : old)}`);
        return replace(self, old, by, integer(count, -1));
    },
    rfind: finding('rfind', true, false),
    rindex: finding('rindex', true, true),
    rjust: padding('rjust', 'right'),
    rpartition: parting('rpartition', true),
    rsplit: splitting('rsplit', true),
    rstrip: stripping('rstrip', false, true),
    split: splitting('split', false),
    splitlines: (self, args, kwargs) => splitLines(self, bind('splitlines', ['keepends'], args, kwargs).keepends === true),
    startswith: edging('startswith', true),
    strip: stripping('strip', true, true),
    swapcase: simple('swapcase', (s) => mapText(s, (part) => [...part].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(''))),
    title: simple('title', title),
    translate: (self, args, kwargs) => translate(self, bind('translate', ['table'], args, kwargs, 1).table),
    upper: simple('upper', upper),
    zfill(self, args, kwargs) {
        const width = integer(bind('zfill', ['width'], args, kwargs, 1).width, 0);
        const sign = /^[-+]/.test(text(self)) ? 1 : 0;
        return concat([cut(self, 0, sign), repeat('0', width - lengthOf(self)), cut(self, sign)]);
    },
};
/** A float of a string, as Python reads it; undefined for anything else. */
export function parseFloatText(value) {
    const clean = value.trim().replace(/(?<=\d)_(?=\d)/g, '');
    if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(clean))
        return new Float(Number(clean));
    const word = /^([-+]?)(inf|infinity|nan)$/i.exec(clean);
    if (!word)
        return undefined;
    return new Float(/nan/i.test(word[2]) ? Number.NaN : word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}
//# sourceMappingURL=string-methods.js.map