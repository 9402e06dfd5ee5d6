// Values of templates, as Python has them: what prints how, what equals what, what is true.
import { TemplateError } from './errors.js';
import { characters, concat, isStr, lengthOf, mapText, text } from './strings.js';
import { visit } from './work.js';
/** A Python float: it prints with a point, unlike an integer. */
export class Float {
    value;
    constructor(value) {
        this.value = value;
    }
}
/** Something that is not there. Printing it gives nothing, using it otherwise is an error that says what was missing. */
export class Undefined {
    hint;
    constructor(hint) {
        this.hint = hint;
    }
}
/** The absent or null content of a message: it answers as None or as undefined does when asked, and is an empty string to all else. */
export class Blank {
    kind;
    constructor(kind) {
        this.kind = kind;
    }
}
/** A Python tuple. */
export class Tuple extends Array {
    static get [Symbol.species]() {
        return Array;
    }
    static of2(...items) {
        const out = new Tuple();
        for (const item of items)
            out.push(item);
        return out;
    }
}
/** A Python dict: keys in their order, compared by value. Never a JavaScript object, so no key reaches a prototype. */
export class Dict {
    map = new Map();
    constructor(entries = []) {
        for (const [key, value] of entries)
            this.set(key, value);
    }
    get size() {
        return this.map.size;
    }
    get(key) {
        return this.map.get(hash(key))?.[1];
    }
    has(key) {
        return this.map.has(hash(key));
    }
    set(key, value) {
        const id = hash(key);
        this.map.set(id, [this.map.get(id)?.[0] ?? key, value]);
    }
    keys() {
        return [...this.map.values()].map(([key]) => key);
    }
    values() {
        return [...this.map.values()].map(([, value]) => value);
    }
    entries() {
        return [...this.map.values()];
    }
}
/** `dict.keys()`, `.values()`, `.items()`. */
export class View {
    name;
    items;
    constructor(name, items) {
        this.name = name;
        this.items = items;
    }
}
/** `range(…)`. */
export class Range {
    items;
    shown;
    constructor(items, shown) {
        this.items = items;
        this.shown = shown;
    }
}
/** What filters such as map and select return: it can be read once. */
export class Generator {
    rest;
    name;
    constructor(rest, name = 'generator') {
        this.rest = rest;
        this.name = name;
    }
    take() {
        const all = this.rest;
        this.rest = [];
        return all;
    }
    next() {
        return this.rest.shift();
    }
}
/** `namespace(…)`: the one object that a template may write to. */
export class Namespace {
    values = new Map();
}
/** A function of the engine or a macro. */
export class Callable {
    name;
    call;
    attributes;
    constructor(name, call, attributes = new Map()) {
        this.name = name;
        this.call = call;
        this.attributes = attributes;
    }
}
/** An object with attributes that is neither dict nor list: `loop`, a cycler. */
export class Thing {
    name;
    get;
    call;
    constructor(name, get, call) {
        this.name = name;
        this.get = get;
        this.call = call;
    }
}
/** Bytes of a string. */
export class Bytes {
    bytes;
    constructor(bytes) {
        this.bytes = bytes;
    }
}
/** A key for `Map` that is equal where Python's keys are. */
export function hash(key, depth = 0) {
    visit(depth);
    if (isStr(key))
        return `s${text(key)}`;
    if (typeof key === 'boolean')
        return Number(key);
    if (key instanceof Float)
        return key.value;
    if (key instanceof Blank)
        return key.kind === 'none' ? null : key;
    if (key instanceof Tuple) {
        const parts = key.map((one) => hash(one, depth + 1));
        return `t${JSON.stringify(parts.map((one) => [typeof one, String(one)]))}`;
    }
    if (Array.isArray(key) || key instanceof Dict)
        throw new TemplateError(`unhashable type: '${typeName(key)}'`);
    return key;
}
/** A number, with booleans as Python counts them; undefined for anything else. */
export function numberOf(value) {
    if (typeof value === 'number')
        return value;
    if (typeof value === 'boolean')
        return Number(value);
    return value instanceof Float ? value.value : undefined;
}
/** Python's name of the type. */
export function typeName(value) {
    if (value === null || (value instanceof Blank && value.kind === 'none'))
        return 'NoneType';
    if (isStr(value))
        return 'str';
    if (typeof value === 'boolean')
        return 'bool';
    if (typeof value === 'number')
        return 'int';
    if (value instanceof Float)
        return 'float';
    if (value instanceof Tuple)
        return 'tuple';
    if (Array.isArray(value))
        return 'list';
    if (value instanceof Dict)
        return 'dict';
    if (value instanceof View || value instanceof Generator)
        return value.name;
    if (value instanceof Range)
        return 'range';
    if (value instanceof Namespace)
        return 'Namespace';
    if (value instanceof Thing)
        return value.name;
    if (value instanceof Bytes)
        return 'bytes';
    return value instanceof Callable ? 'function' : 'Undefined';
}
/** Throws for something that is not there. */
export function needed(value) {
    if (value instanceof Undefined)
        throw new TemplateError(value.hint);
    return value;
}
/** Python's truth. */
export function truth(value) {
    if (value === null || value instanceof Undefined || value instanceof Blank)
        return false;
    if (typeof value === 'boolean')
        return value;
    const n = numberOf(value);
    if (n !== undefined)
        return n !== 0;
    if (isStr(value))
        return text(value) !== '';
    if (Array.isArray(value))
        return value.length > 0;
    if (value instanceof Dict)
        return value.size > 0;
    if (value instanceof View || value instanceof Range)
        return value.items.length > 0;
    if (value instanceof Bytes)
        return value.bytes.length > 0;
    return true;
}
/** A float as Python prints it: shortest digits, an exponent from 1e16 and below 1e-4. */
export function floatText(x) {
    if (Number.isNaN(x))
        return 'nan';
    if (!Number.isFinite(x))
        return x > 0 ? 'inf' : '-inf';
    if (x === 0)
        return Object.is(x, -0) ? '-0.0' : '0.0';
    const [digits, exponent] = x.toExponential().split('e');
    const e = Number(exponent);
    if (e < -4 || e >= 16)
        return `${digits}e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`;
    const fixed = e < 0 ? x.toFixed(Math.max(digits.replace(/[-.]/g, '').length - 1 - e, 0)) : String(x);
    return fixed.includes('.') ? fixed : `${fixed}.0`;
}
const integerText = (x) => (Math.abs(x) < 1e21 ? String(x) : BigInt(x).toString());
/** `str(value)`. */
export function str(value) {
    if (isStr(value))
        return value;
    if (value instanceof Undefined || value instanceof Blank)
        return '';
    return repr(value);
}
/** `repr(value)`. */
export function repr(value, depth = 0) {
    visit(depth);
    const list = (items) => concat(items.map((item) => repr(item, depth + 1)), ', ');
    if (value === null)
        return 'None';
    if (typeof value === 'boolean')
        return value ? 'True' : 'False';
    if (typeof value === 'number')
        return integerText(value);
    if (value instanceof Float)
        return floatText(value.value);
    if (isStr(value))
        return quoted(value);
    if (value instanceof Tuple)
        return concat(['(', list(value), value.length === 1 ? ',)' : ')']);
    if (Array.isArray(value))
        return concat(['[', list(value), ']']);
    if (value instanceof Dict) {
        const pairs = value.entries().map(([k, v]) => concat([repr(k, depth + 1), ': ', repr(v, depth + 1)]));
        return concat(['{', concat(pairs, ', '), '}']);
    }
    if (value instanceof View)
        return concat([`${value.name}([`, list(value.items), '])']);
    if (value instanceof Range)
        return value.shown;
    if (value instanceof Undefined)
        return 'Undefined';
    if (value instanceof Blank)
        return value.kind === 'none' ? 'None' : 'Undefined';
    if (value instanceof Namespace)
        return concat(['<Namespace ', repr(new Dict(value.values), depth + 1), '>']);
    if (value instanceof Bytes)
        return `b${text(quoted(String.fromCharCode(...value.bytes))).replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`)}`;
    if (value instanceof Callable)
        return `<${value.name}>`;
    return `<${typeName(value)} object>`;
}
function quoted(s) {
    const value = text(s);
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = (part) => 
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what Python escapes
    part.replace(/[\\'"\x00-\x1f\x7f-\xa0\xad\u2028\u2029\ue000-\uf8ff\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064]/g, (c) => {
        if (c === "'" || c === '"')
            return c === quote ? `\\${c}` : c;
        if (c === '\\')
            return '\\\\';
        if (c === '\n')
            return '\\n';
        if (c === '\r')
            return '\\r';
        if (c === '\t')
            return '\\t';
        const code = c.charCodeAt(0);
        return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    });
    return concat([quote, mapText(s, escaped), quote]);
}
/** `a == b`. */
export function equals(a, b, depth = 0) {
    visit(depth);
    if (a === b && !(a instanceof Float))
        return true;
    if (isStr(a) && isStr(b))
        return text(a) === text(b);
    const x = numberOf(a);
    const y = numberOf(b);
    if (x !== undefined && y !== undefined)
        return x === y;
    if (Array.isArray(a) && Array.isArray(b))
        return a instanceof Tuple === b instanceof Tuple && a.length === b.length && a.every((item, i) => equals(item, b[i], depth + 1));
    if (a instanceof Dict && b instanceof Dict)
        return a.size === b.size && a.entries().every(([key, value]) => b.has(key) && equals(value, b.get(key), depth + 1));
    if (a instanceof Blank || b instanceof Blank) {
        const [blank, other] = a instanceof Blank ? [a, b] : [b, a];
        if (other instanceof Blank)
            return other.kind === blank.kind;
        return blank.kind === 'none' ? other === null : other instanceof Undefined;
    }
    if (a instanceof Undefined && b instanceof Undefined)
        return true;
    if (a instanceof Range && b instanceof Range)
        return equals(a.items, b.items, depth + 1);
    return a === b;
}
/** Below 0, 0 or above 0 as Python orders them; throws for what has no order. */
export function compare(a, b, sign = '<', depth = 0) {
    visit(depth);
    needed(a);
    needed(b);
    if (isStr(a) && isStr(b))
        return compareText(text(a), text(b));
    const x = numberOf(a);
    const y = numberOf(b);
    if (x !== undefined && y !== undefined)
        return x === y ? 0 : x < y ? -1 : x > y ? 1 : Number.NaN;
    if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple) {
        for (let i = 0; i < Math.min(a.length, b.length); i++)
            if (!equals(a[i], b[i], depth + 1))
                return compare(a[i], b[i], sign, depth + 1);
        return a.length - b.length;
    }
    throw new TemplateError(`'${sign}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}
/** By code points, as Python does; UTF-16 units order characters beyond U+FFFF before U+E000. */
function compareText(a, b) {
    const length = Math.min(a.length, b.length);
    let i = 0;
    while (i < length && a.charCodeAt(i) === b.charCodeAt(i))
        i++;
    if (i === length)
        return a.length - b.length;
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    const high = (c) => c >= 0xd800 && c <= 0xdfff;
    return high(x) === high(y) ? x - y : high(x) ? 1 : -1;
}
/** What a loop goes over; undefined where it is not iterable. */
export function tryIterate(value) {
    if (Array.isArray(value))
        return value;
    if (isStr(value))
        return characters(value);
    if (value instanceof Dict)
        return value.keys();
    if (value instanceof View || value instanceof Range)
        return value.items;
    if (value instanceof Generator)
        return value.take();
    if (value instanceof Bytes)
        return [...value.bytes];
    return value instanceof Undefined || value instanceof Blank ? [] : undefined;
}
/** The same; throws `'int' object is not iterable`. */
export function iterate(value) {
    const items = tryIterate(value);
    if (items === undefined)
        throw new TemplateError(`'${typeName(value)}' object is not iterable`);
    return items;
}
/** `len(value)`. */
export function length(value) {
    if (isStr(value))
        return lengthOf(value);
    if (Array.isArray(value))
        return value.length;
    if (value instanceof Dict)
        return value.size;
    if (value instanceof View || value instanceof Range)
        return value.items.length;
    if (value instanceof Bytes)
        return value.bytes.length;
    if (value instanceof Undefined || value instanceof Blank)
        return 0;
    throw new TemplateError(`object of type '${typeName(value)}' has no len()`);
}
//# sourceMappingURL=values.js.map