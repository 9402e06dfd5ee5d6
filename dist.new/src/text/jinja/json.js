// The `tojson` of chat templates: `json.dumps` as transformers calls it, without escapes for HTML or for letters beyond ASCII.
import { TemplateError } from './errors.js';
import { concat, isStr, mapText, repeat, text } from './strings.js';
import { Blank, compare, Dict, Float, floatText, Namespace, str, typeName } from './values.js';
import { visit } from './work.js';
const SHORT = {
    '"': '\\"',
    '\\': '\\\\',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\f': '\\f',
    '\b': '\\b',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON escapes
const UNSAFE = /["\\\x00-\x1f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const NOT_ASCII = /["\\\x00-\x1f\x7f-\uffff]/g;
const unicode = (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
/** JSON of a value. Throws for what has none, such as something undefined. */
export function dumps(value, { ascii, indent, separators, sortKeys }) {
    const [comma, colon] = separators ?? [indent === undefined ? ', ' : ',', ': '];
    const unsafe = ascii ? NOT_ASCII : UNSAFE;
    const escaped = (part) => part.replace(unsafe, (c) => (c === '\x7f' ? c : (SHORT[c] ?? unicode(c))));
    const quoted = (s) => concat(['"', mapText(s, escaped), '"']);
    const scalar = (one) => {
        if (isStr(one))
            return quoted(one);
        if (one === null || (one instanceof Blank && one.kind === 'none'))
            return 'null';
        if (typeof one === 'boolean')
            return one ? 'true' : 'false';
        if (one instanceof Float) {
            if (Number.isFinite(one.value))
                return floatText(one.value);
            return Number.isNaN(one.value) ? 'NaN' : one.value > 0 ? 'Infinity' : '-Infinity';
        }
        return typeof one === 'number' ? text(str(one)) : undefined;
    };
    const out = [];
    const line = (depth) => (indent === undefined ? '' : concat(['\n', repeat(indent, depth)]));
    const wrap = ([open, close], items, depth, each) => {
        out.push(open);
        items.forEach((item, i) => {
            if (i > 0)
                out.push(comma);
            out.push(line(depth + 1));
            each(item);
        });
        if (items.length > 0)
            out.push(line(depth));
        out.push(close);
    };
    const write = (one, depth) => {
        visit(depth);
        const simple = scalar(one);
        if (simple !== undefined)
            out.push(simple);
        else if (Array.isArray(one))
            wrap('[]', one, depth, (item) => write(item, depth + 1));
        else if (one instanceof Dict) {
            const entries = sortKeys ? one.entries().sort(([a], [b]) => compare(a, b)) : one.entries();
            wrap('{}', entries, depth, ([key, item]) => {
                const name = scalar(key);
                if (name === undefined)
                    throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
                if (isStr(key))
                    out.push(name, colon);
                else
                    out.push('"', name, '"', colon);
                write(item, depth + 1);
            });
        }
        else {
            const kind = one instanceof Namespace ? 'TemplateNamespace' : typeName(one);
            throw new TemplateError(`Object of type ${kind} is not JSON serializable`);
        }
    };
    write(value, 0);
    return concat(out);
}
//# sourceMappingURL=json.js.map