// Operators and subscripts of templates, with Python's rules for each pair of types.
import { TemplateError } from './errors.js';
import { percent } from './format.js';
import { characters, concat, cut, escapeHtml, isSafe, isStr, repeat, safe, text, unitOf } from './strings.js';
import { Blank, Dict, equals, Float, Generator, needed, numberOf, Range, repr, Tuple, tryIterate, typeName, Undefined, } from './values.js';
import { spendText } from './work.js';
/** Longest list that a template may build. */
export const MAX_ITEMS = 1_000_000;
/** A slice of a subscript; parts that were left out are undefined. */
export class Slice {
    start;
    stop;
    step;
    constructor(start, stop, step) {
        this.start = start;
        this.stop = stop;
        this.step = step;
    }
}
/** An absent content counts as an empty string where it is used. */
export const solid = (value) => (value instanceof Blank ? '' : value);
const integerOf = (value) => typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : undefined;
function checked(n) {
    if (!Number.isSafeInteger(n))
        throw new TemplateError('an integer is beyond 2**53');
    return n === 0 ? 0 : n;
}
/** `a sign b` for `+ - * / // % **`. */
export function binary(sign, left, right) {
    const a = solid(needed(left));
    const b = solid(needed(right));
    if (sign === '%' && isStr(a))
        return isSafe(a) ? safe(percent(a, escapeAll(b))) : percent(a, b);
    if (sign === '+') {
        if (isStr(a) && isStr(b))
            return isSafe(a) || isSafe(b) ? safe(concat([escapeHtml(a), escapeHtml(b)])) : concat([a, b]);
        if (isStr(a))
            throw new TemplateError(`can only concatenate str (not "${typeName(b)}") to str`);
        if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
            if (a.length + b.length > MAX_ITEMS)
                throw new TemplateError(`a list grows beyond ${MAX_ITEMS} items`);
            return a instanceof Tuple ? Tuple.from([...a, ...b]) : [...a, ...b];
        }
    }
    if (sign === '*') {
        const [many, times] = integerOf(b) !== undefined ? [a, integerOf(b)] : [b, integerOf(a)];
        if (isStr(many) && times !== undefined)
            return repeat(many, times);
        if (Array.isArray(many) && times !== undefined) {
            if (many.length * times > MAX_ITEMS)
                throw new TemplateError(`a list grows beyond ${MAX_ITEMS} items`);
            const out = [];
            for (let i = 0; i < times; i++)
                for (const item of many)
                    out.push(item);
            return many instanceof Tuple ? Tuple.from(out) : out;
        }
    }
    if (sign === '+' && a instanceof Dict && b instanceof Dict)
        throw unsupported(sign, a, b);
    const x = numberOf(a);
    const y = numberOf(b);
    if (x === undefined || y === undefined)
        throw unsupported(sign, a, b);
    const whole = !(a instanceof Float) && !(b instanceof Float);
    const result = (n) => (whole ? checked(n) : new Float(n));
    if (y === 0 && (sign === '/' || sign === '//' || sign === '%'))
        throw new TemplateError(sign === '/' || !whole ? 'division by zero' : 'integer division or modulo by zero');
    switch (sign) {
        case '+':
            return result(x + y);
        case '-':
            return result(x - y);
        case '*':
            return result(x * y);
        case '/':
            return new Float(x / y);
        case '//':
            return result(Math.floor(x / y));
        case '%':
            return result(x - y * Math.floor(x / y));
        default:
            return whole && y >= 0 ? checked(x ** y) : new Float(x ** y);
    }
}
/** What is put into safe text is escaped first. */
export function escapeAll(value) {
    if (value instanceof Tuple)
        return Tuple.from(value.map(escapeAll));
    if (value instanceof Dict)
        return new Dict(value.entries().map(([key, one]) => [key, escapeAll(one)]));
    return isStr(value) ? escapeHtml(value) : value;
}
function unsupported(sign, a, b) {
    return new TemplateError(`unsupported operand type(s) for ${sign === '**' ? '** or pow()' : sign}: '${typeName(a)}' and '${typeName(b)}'`);
}
/** `-x` and `+x`. */
export function unary(sign, value) {
    const n = numberOf(needed(value));
    if (n === undefined)
        throw new TemplateError(`bad operand type for unary ${sign}: '${typeName(value)}'`);
    const out = sign === '-' ? -n : n;
    return value instanceof Float ? new Float(out) : out === 0 ? 0 : out;
}
/** `item in collection`. */
export function contains(collection, item) {
    const within = solid(collection);
    if (isStr(within)) {
        const what = solid(item);
        spendText(text(within).length);
        if (isStr(what))
            return text(within).includes(text(what));
        throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    if (within instanceof Dict)
        return within.has(item);
    const items = tryIterate(within);
    if (items === undefined)
        throw new TemplateError(`argument of type '${typeName(within)}' is not iterable`);
    return items.some((one) => equals(one, item));
}
/** `of[key]` without the detour over attributes; undefined where there is nothing. */
export function subscript(of, key) {
    if (of instanceof Dict) {
        if (key instanceof Slice)
            return undefined;
        return Array.isArray(key) && !(key instanceof Tuple) ? undefined : of.get(key);
    }
    if (of instanceof Generator)
        return undefined;
    const items = isStr(of) ? of : Array.isArray(of) ? of : of instanceof Range ? of.items : undefined;
    if (items === undefined)
        return undefined;
    if (key instanceof Slice)
        return isStr(items) ? sliceText(items, key) : sliceList(items, key);
    const index = integerOf(key);
    if (index === undefined)
        return undefined;
    if (!isStr(items))
        return items[index < 0 ? items.length + index : index];
    return characters(items).at(index);
}
/** Indices of a slice, as Python clips them. */
function indices({ start, stop, step }, length) {
    if (step === 0)
        throw new TemplateError('slice step cannot be zero');
    const clip = (at, low, high, fallback) => at === undefined ? fallback : Math.min(Math.max(at < 0 ? at + length : at, low), high);
    const out = [];
    if (step > 0)
        for (let i = clip(start, 0, length, 0), end = clip(stop, 0, length, length); i < end; i += step)
            out.push(i);
    else
        for (let i = clip(start, -1, length - 1, length - 1), end = clip(stop, -1, length - 1, -1); i > end; i += step)
            out.push(i);
    return out;
}
function sliceList(items, slice) {
    const found = indices(slice, items.length).map((i) => items[i]);
    return items instanceof Tuple ? Tuple.from(found) : found;
}
function sliceText(s, slice) {
    const value = text(s);
    const length = characters(value).length;
    const found = indices(slice, length);
    if (found.length === 0)
        return '';
    if (slice.step === 1)
        return cut(s, unitOf(value, found[0]), unitOf(value, found.at(-1) + 1));
    const all = characters(s);
    return concat(found.map((i) => all[i]));
}
/** What is returned for a member that is not there, with Jinja's words for it. */
export function missing(of, key) {
    const name = of === null ? "'None'" : `'${isStr(of) ? 'str' : typeName(of)} object'`;
    if (isStr(key))
        return new Undefined(`${name} has no attribute ${text(repr(key))}`);
    return new Undefined(`${typeName(of)} object has no element ${key instanceof Slice ? 'for this slice' : text(repr(key))}`);
}
//# sourceMappingURL=operators.js.map