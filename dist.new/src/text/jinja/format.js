// Python's two ways to put values into text: `'%d' % x` and `'{:>5}'.format(x)`.
import { TemplateError } from './errors.js';
import { concat, cut, isStr, lengthOf, repeat, text } from './strings.js';
import { Dict, Float, floatText, numberOf, repr, str, Tuple, typeName } from './values.js';
const MAX_WIDTH = 1 << 20;
/** `format % values`. */
export function percent(format, values) {
    const source = text(format);
    const out = [];
    const list = values instanceof Tuple ? values : undefined;
    let used = 0;
    let named = false;
    let done = 0;
    const next = () => {
        const value = list ? list[used] : used === 0 ? values : undefined;
        if (value === undefined)
            throw new TemplateError('not enough arguments for format string');
        used++;
        return value;
    };
    for (const m of source.matchAll(/%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([\s\S])?/g)) {
        out.push(cut(format, done, m.index));
        done = m.index + m[0].length;
        const [, key, flags = '', wide, precise, type] = m;
        if (type === undefined)
            throw new TemplateError('incomplete format');
        if (type === '%') {
            out.push('%');
            continue;
        }
        const width = wide === '*' ? Number(numberOf(next())) : Number(wide ?? 0);
        const precision = precise === '*' ? Number(numberOf(next())) : precise === undefined ? undefined : Number(precise);
        let value;
        if (key === undefined)
            value = next();
        else {
            named = true;
            if (!(values instanceof Dict))
                throw new TemplateError('format requires a mapping');
            value = values.get(key);
            if (value === undefined)
                throw new TemplateError(`KeyError: '${key}'`);
        }
        out.push(percentOne(value, type, flags, width, precision));
    }
    out.push(cut(format, done));
    const all = list ? list.length : values instanceof Dict || Array.isArray(values) ? 0 : 1;
    if (!named && used < all)
        throw new TemplateError('not all arguments converted during string formatting');
    return concat(out);
}
function percentOne(value, type, flags, width, precision) {
    const spec = {
        fill: ' ',
        align: flags.includes('-') ? '<' : '',
        sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
        alternate: flags.includes('#'),
        zero: flags.includes('0') && !flags.includes('-'),
        width,
        comma: '',
        precision,
        type,
    };
    if (type === 's' || type === 'r' || type === 'a') {
        const whole = type === 's' ? str(value) : repr(value);
        return pad(precision === undefined ? whole : cut(whole, 0, precision), { ...spec, zero: false });
    }
    if (type === 'c' && isStr(value))
        return pad(value, { ...spec, zero: false });
    const n = numberOf(value);
    if (n === undefined)
        throw new TemplateError(`%${type} format: a real number is required, not ${typeName(value)}`);
    if (type === 'c')
        return pad(String.fromCodePoint(n), { ...spec, zero: false });
    if (/[diu]/.test(type))
        return formatNumber(Math.trunc(n), true, { ...spec, type: 'd' });
    if (/[xXo]/.test(type))
        return formatNumber(n, true, spec);
    if (/[eEfFgG]/.test(type))
        return formatNumber(n, false, spec);
    throw new TemplateError(`unsupported format character '${type}'`);
}
/** `format.format(*args, **kwargs)`; `attribute` and `item` read from values as the template does. */
export function braces(format, args, kwargs, read) {
    const source = text(format);
    const out = [];
    let automatic = 0;
    let done = 0;
    let manual = false;
    const field = (name) => {
        const [, first = '', rest = ''] = /^([^.[]*)([\s\S]*)$/.exec(name) ?? [];
        let value;
        if (first === '' || /^\d+$/.test(first)) {
            if (first === '' ? manual : automatic > 0)
                throw new TemplateError('cannot switch between automatic field numbering and manual field specification');
            manual = first !== '';
            const index = first === '' ? automatic++ : Number(first);
            if (index >= args.length)
                throw new TemplateError(`Replacement index ${index} out of range for positional args tuple`);
            value = args[index];
        }
        else {
            value = kwargs.get(first);
            if (value === undefined)
                throw new TemplateError(`KeyError: '${first}'`);
        }
        for (const [, attribute, item] of rest.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g))
            value =
                attribute !== undefined ? read.attribute(value, attribute) : read.item(value, /^\d+$/.test(item) ? Number(item) : item);
        return value;
    };
    const pattern = /\{\{|\}\}|\{([^{}:!]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g;
    for (const m of source.matchAll(pattern)) {
        out.push(cut(format, done, m.index));
        done = m.index + m[0].length;
        if (m[0] === '{{' || m[0] === '}}')
            out.push(m[0].charAt(0));
        else if (m[0].length === 1)
            throw new TemplateError(`Single '${m[0]}' encountered in format string`);
        else {
            const value = field(m[1]);
            const spec = (m[3] ?? '').replace(/\{([^{}]*)\}/g, (_, name) => text(str(field(name))));
            const converted = m[2] === undefined ? value : m[2] === 's' ? str(value) : repr(value);
            out.push(formatValue(converted, spec));
        }
    }
    out.push(cut(format, done));
    return concat(out);
}
/** `format(value, spec)`. */
export function formatValue(value, given) {
    if (given === '')
        return str(value);
    const m = /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u.exec(given);
    if (m === null)
        throw new TemplateError(`Invalid format specifier '${given}'`);
    const n = isStr(value) ? undefined : numberOf(value);
    const spec = {
        fill: m[1] ?? ' ',
        align: m[2] ?? '',
        sign: m[3] ?? '-',
        alternate: m[4] !== undefined,
        zero: m[5] !== undefined,
        width: Number(m[6] ?? 0),
        comma: m[7] ?? '',
        precision: m[8] === undefined ? undefined : Number(m[8]),
        type: m[9] ?? '',
    };
    if (n === undefined || (typeof value === 'boolean' && spec.type === 's')) {
        if (!isStr(value))
            throw new TemplateError(`unsupported format string passed to ${typeName(value)}.__format__`);
        if (spec.type !== '' && spec.type !== 's')
            throw new TemplateError(`Unknown format code '${spec.type}' for object of type 'str'`);
        if (spec.zero && spec.align === '')
            spec.fill = '0';
        return pad(spec.precision === undefined ? value : cut(value, 0, spec.precision), { ...spec, align: spec.align || '<', zero: false });
    }
    const isInteger = !(value instanceof Float);
    if (!isInteger && /[dxXobcn]/.test(spec.type))
        throw new TemplateError(`Unknown format code '${spec.type}' for object of type 'float'`);
    if (spec.type === 'c')
        return pad(String.fromCodePoint(n), { ...spec, align: spec.align || '<', zero: false });
    const asInteger = isInteger && (spec.type === '' || /[dxXobn]/.test(spec.type));
    return formatNumber(n, asInteger, spec);
}
function formatNumber(n, isInteger, spec) {
    const size = Math.abs(n);
    let digits;
    const upper = /[A-Z]/.test(spec.type);
    if (isInteger) {
        const base = { x: 16, X: 16, o: 8, b: 2 }[spec.type] ?? 10;
        digits = size.toString(base);
        if (spec.alternate && base !== 10)
            digits = `0${spec.type.toLowerCase()}${digits}`;
    }
    else
        digits = floatDigits(spec.type === '%' ? size * 100 : size, spec);
    if (upper)
        digits = digits.toUpperCase();
    if (spec.comma !== '')
        digits = digits.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, spec.comma));
    const sign = n < 0 || Object.is(n, -0) ? '-' : spec.sign === '-' ? '' : spec.sign;
    const room = spec.width - sign.length - digits.length;
    if (room > 0 && ((spec.zero && spec.align === '') || spec.align === '='))
        return sign + (spec.zero && spec.align === '' ? '0' : spec.fill).repeat(Math.min(room, MAX_WIDTH)) + digits;
    return pad(sign + digits, { ...spec, align: spec.align || '>' });
}
function floatDigits(size, { type, precision, alternate }) {
    if (!Number.isFinite(size))
        return Number.isNaN(size) ? 'nan' : 'inf';
    const exponent = (s) => s.replace(/e([-+])(\d)$/, 'e$10$2');
    if (precision !== undefined && precision > 100)
        throw new TemplateError('precision too big');
    switch (type.toLowerCase()) {
        case 'f':
            return fixed(size, precision ?? 6);
        case '%':
            return `${fixed(size, precision ?? 6)}%`;
        case 'e':
            return exponent(size.toExponential(precision ?? 6));
        case '':
            if (precision === undefined)
                return floatText(size);
            break;
    }
    // General form: significant digits, an exponent where the number is very small or large.
    const significant = Math.max(precision ?? 6, 1);
    const e = size === 0 ? 0 : Number(size.toExponential(significant - 1).split('e')[1]);
    const limit = type === '' ? significant - 1 : significant;
    const trim = (s) => (alternate || !s.includes('.') ? s : s.replace(/\.?0+$/, ''));
    if (e < -4 || e >= limit) {
        const [mantissa, power] = size.toExponential(significant - 1).split('e');
        return exponent(`${trim(mantissa)}e${power}`);
    }
    const out = trim(size.toFixed(Math.max(significant - 1 - e, 0)));
    return type === '' && !out.includes('.') ? `${out}.0` : out;
}
/** Decimal places with ties to even, as Python rounds; `toFixed` takes ties away from zero. */
export function fixed(size, places) {
    if (size >= 1e21)
        return BigInt(size).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '');
    const out = size.toFixed(places);
    const exact = size.toFixed(Math.min(places + 30, 100));
    const dot = exact.indexOf('.');
    const tail = exact.slice(dot + 1 + places);
    if (dot < 0 || !/^50*$/.test(tail))
        return out;
    const down = places === 0 ? exact.slice(0, dot) : exact.slice(0, dot + 1 + places);
    return Number(down.at(-1)) % 2 === 0 ? down : out;
}
function pad(s, { fill, align, width }) {
    if (width > MAX_WIDTH)
        throw new TemplateError('the width of a format is too large');
    const room = width - lengthOf(s);
    if (room <= 0)
        return s;
    const left = align === '<' ? 0 : align === '^' ? Math.floor(room / 2) : room;
    return concat([repeat(fill, left), s, repeat(fill, room - left)]);
}
//# sourceMappingURL=format.js.map