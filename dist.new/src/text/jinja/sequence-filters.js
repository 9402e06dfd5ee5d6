// Filters of templates that go over sequences.
import { bind, integer, string } from './arguments.js';
import { TemplateError } from './errors.js';
import { attribute, Group, item } from './members.js';
import { binary, MAX_ITEMS } from './operators.js';
import { characters, concat, isStr, mapText, text } from './strings.js';
import { compare, Dict, Generator, hash, iterate, str, Tuple, truth, Undefined } from './values.js';
const withContext = (name, parameters, run) => ([value, ...args], kwargs) => run(value, bind(name, parameters, args, kwargs));
const lowered = (value) => (isStr(value) ? mapText(value, (part) => part.toLowerCase()) : value);
/** Reads `a.b.0` of a value; keys come before attributes. `fallback` stands for what is not there. */
function getter(path, fallback) {
    if (path === undefined || path === null)
        return (value) => value;
    const parts = typeof path === 'number'
        ? [path]
        : string(path)
            .split('.')
            .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    return (value) => parts.reduce((of, part) => {
        const found = item(of, part);
        return found instanceof Undefined && fallback !== undefined && fallback !== null ? fallback : found;
    }, value);
}
/** The key that values are sorted by: folded to lower case unless case counts. */
function sortKey(path, caseSensitive, fallback) {
    const get = getter(path, fallback);
    return truth(caseSensitive ?? false) ? get : (value) => lowered(get(value));
}
function sorted(items, key, reverse) {
    const keyed = items.map((one) => [key(one), one]);
    keyed.sort(([a], [b]) => (reverse ? compare(b, a) : compare(a, b)));
    return keyed.map(([, one]) => one);
}
function sort(value, { reverse, case_sensitive, attribute: path }) {
    if (!isStr(path))
        return sorted(iterate(value), sortKey(path, case_sensitive), truth(reverse ?? false));
    const keys = text(path)
        .split(',')
        .map((one) => sortKey(one, case_sensitive));
    return sorted(iterate(value), (one) => keys.map((key) => key(one)), truth(reverse ?? false));
}
function extreme(which) {
    return withContext(which, ['case_sensitive', 'attribute'], (value, { case_sensitive, attribute: path }) => {
        const key = sortKey(path, case_sensitive);
        const items = iterate(value);
        if (items.length === 0)
            return new Undefined('No aggregated item, sequence was empty.');
        return items.reduce((best, one) => {
            const order = compare(key(one), key(best));
            return (which === 'min' ? order < 0 : order > 0) ? one : best;
        });
    });
}
function groupBy(value, { attribute: path, default: fallback, case_sensitive }) {
    const key = sortKey(path, case_sensitive, fallback);
    const groups = [];
    for (const one of sorted(iterate(value), key, false)) {
        const last = groups.at(-1);
        if (last && hash(last[0]) === hash(key(one)))
            last[1].push(one);
        else
            groups.push([key(one), [one]]);
    }
    return groups.map(([, items]) => {
        const group = new Group();
        group.push(getter(path, fallback)(items[0]), items);
        return group;
    });
}
function batch(value, { linecount, fill_with }) {
    const size = integer(linecount, 1);
    const out = [];
    for (const one of iterate(value)) {
        const last = out.at(-1);
        if (last && last.length !== size)
            last.push(one);
        else
            out.push([one]);
    }
    const last = out.at(-1);
    if (last && fill_with !== undefined && fill_with !== null && size <= MAX_ITEMS)
        while (last.length < size)
            last.push(fill_with);
    return new Generator(out);
}
function slices(value, { slices: count, fill_with }) {
    const items = iterate(value);
    const n = integer(count, 1);
    if (n < 1 || n > MAX_ITEMS)
        throw new TemplateError(`slice needs 1 to ${MAX_ITEMS} slices`);
    const each = Math.floor(items.length / n);
    const extra = items.length % n;
    let at = 0;
    const out = Array.from({ length: n }, (_, i) => {
        const end = at + each + (i < extra ? 1 : 0);
        const part = items.slice(at, end);
        at = end;
        if (fill_with !== undefined && fill_with !== null && i >= extra)
            part.push(fill_with);
        return part;
    });
    return new Generator(out);
}
/** map, select and reject take None and all else that is false for an empty list. */
const itemsOf = (value) => (truth(value) ? iterate(value) : []);
function map([value, ...args], kwargs, context) {
    if (args.length === 0 && kwargs.has('attribute')) {
        const unknown = [...kwargs.keys()].find((key) => key !== 'attribute' && key !== 'default');
        if (unknown !== undefined)
            throw new TemplateError(`Unexpected keyword argument '${unknown}'`);
        const get = getter(kwargs.get('attribute'), kwargs.get('default'));
        return new Generator(itemsOf(value).map(get));
    }
    const [name, ...rest] = args;
    if (name === undefined)
        throw new TemplateError('map requires a filter argument');
    return new Generator(itemsOf(value).map((one) => context.filter(string(name), [one, ...rest], kwargs)));
}
/** select, reject and their like with an attribute. */
const choosing = (wanted, byAttribute) => ([value, ...args], _, context) => {
    const get = byAttribute ? getter(args.shift()) : (one) => one;
    const [name, ...rest] = args;
    const holds = (one) => (name === undefined ? truth(get(one)) : context.test(string(name), [get(one), ...rest]));
    return new Generator(itemsOf(value).filter((one) => holds(one) === wanted));
};
/** By name. */
export const SEQUENCE_FILTERS = {
    __proto__: null,
    attr: withContext('attr', ['name'], (value, { name }) => value instanceof Dict ? new Undefined(`'dict object' has no attribute '${string(name)}'`) : attribute(value, string(name))),
    batch: withContext('batch', ['linecount', 'fill_with'], batch),
    dictsort: withContext('dictsort', ['case_sensitive', 'by', 'reverse'], (value, { case_sensitive, by = 'key', reverse }) => {
        const pos = ['key', 'value'].indexOf(string(by));
        if (pos < 0)
            throw new TemplateError('You can only sort by either "key" or "value"');
        if (!(value instanceof Dict))
            throw new TemplateError('dictsort needs a mapping');
        const fold = truth(case_sensitive ?? false) ? (one) => one : lowered;
        const pairs = value.entries().map(([key, one]) => Tuple.of2(key, one));
        return sorted(pairs, (pair) => fold(pair[pos]), truth(reverse ?? false));
    }),
    first: withContext('first', [], (value) => {
        const first = value instanceof Generator ? value.next() : iterate(value)[0];
        return first === undefined ? new Undefined('No first item, sequence was empty.') : first;
    }),
    groupby: withContext('groupby', ['attribute', 'default', 'case_sensitive'], groupBy),
    items: withContext('items', [], (value) => {
        if (value instanceof Undefined)
            return new Generator([]);
        if (!(value instanceof Dict))
            throw new TemplateError('Can only get item pairs from a mapping.');
        return new Generator(value.entries().map(([key, one]) => Tuple.of2(key, one)));
    }),
    join: withContext('join', ['d', 'attribute'], (value, { d = '', attribute: path }) => concat(iterate(value)
        .map(getter(path))
        .map((one) => str(one)), str(d))),
    last: withContext('last', [], (value) => {
        if (value instanceof Generator)
            throw new TemplateError("'generator' object is not reversible");
        const last = iterate(value).at(-1);
        return last === undefined ? new Undefined('No last item, sequence was empty.') : last;
    }),
    list: withContext('list', [], (value) => [...iterate(value)]),
    map,
    max: extreme('max'),
    min: extreme('min'),
    reject: choosing(false, false),
    rejectattr: choosing(false, true),
    reverse: withContext('reverse', [], (value) => isStr(value) ? concat(characters(value).reverse()) : new Generator([...iterate(value)].reverse(), 'list_reverseiterator')),
    select: choosing(true, false),
    selectattr: choosing(true, true),
    slice: withContext('slice', ['slices', 'fill_with'], slices),
    sort: withContext('sort', ['reverse', 'case_sensitive', 'attribute'], sort),
    sum: withContext('sum', ['attribute', 'start'], (value, { attribute: path, start = 0 }) => iterate(value)
        .map(getter(path))
        .reduce((sum, one) => {
        if (isStr(sum))
            throw new TemplateError("sum() can't sum strings [use ''.join(seq) instead]");
        return binary('+', sum, one);
    }, start)),
    unique: withContext('unique', ['case_sensitive', 'attribute'], (value, { case_sensitive, attribute: path }) => {
        const key = sortKey(path, case_sensitive);
        const seen = new Set();
        const fresh = (one) => !seen.has(hash(key(one))) && seen.add(hash(key(one))) !== undefined;
        return new Generator(iterate(value).filter(fresh));
    }),
};
//# sourceMappingURL=sequence-filters.js.map