// A template's source cut into tokens: text, tags and what stands in them, with Jinja's rules of white space.
import { TemplateError } from './errors.js';
const OPEN = /\{%|\{\{|\{#/g;
const RAW = /\{%([-+]?)\s*raw\s*(?:-%\}\s*|%\})/y;
const END_RAW = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/g;
const END_COMMENT = /\+#\}|-#\}\s*|#\}\n?/g;
const INNER = /(?<space>\s+)|(?<float>(?<!\.)\d+(?:_\d+)*(?:(?:\.\d+(?:_\d+)*)?[eE][+-]?\d+(?:_\d+)*|\.\d+(?:_\d+)*))|(?<integer>0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*)|(?<name>[\p{L}_\p{Nl}][\p{L}\p{N}_\p{M}\p{Pc}]*)|(?<string>'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*")|(?<operator>\/\/|\*\*|==|!=|<=|>=|[-+/*%~[\](){}<>=.:|,;])/uy;
/** Tokens of a source, ending with `eof`. `trim_blocks` and `lstrip_blocks` are on, as transformers has them. Throws `TemplateError`. */
export function tokenize(template) {
    let source = template.replace(/\r\n|\r/g, '\n');
    if (source.endsWith('\n'))
        source = source.slice(0, -1);
    const tokens = [];
    let at = 0;
    let line = 1;
    /** The last tag ended at the beginning of a line. */
    let atLineStart = true;
    let newline = source.indexOf('\n');
    const advance = (to) => {
        for (; newline >= 0 && newline < to; newline = source.indexOf('\n', newline + 1))
            line++;
        at = to;
    };
    /** Text before a tag, without the white space that the tag takes away. */
    const data = (upTo, sign, isVariable) => {
        let value = source.slice(at, upTo);
        const bound = value.lastIndexOf('\n') + 1;
        if (sign === '-')
            value = value.trimEnd();
        else if (sign !== '+' && !isVariable && (bound > 0 || atLineStart) && /^\s+$/.test(value.slice(bound)))
            value = value.slice(0, bound);
        if (value !== '')
            tokens.push({ type: 'data', value, line });
        advance(upTo);
    };
    while (at < source.length) {
        OPEN.lastIndex = at;
        const open = OPEN.exec(source);
        if (open === null) {
            tokens.push({ type: 'data', value: source.slice(at), line });
            advance(source.length);
            break;
        }
        const kind = open[0];
        const sign = /[-+]/.test(source.charAt(open.index + 2)) ? source.charAt(open.index + 2) : '';
        RAW.lastIndex = open.index;
        const raw = kind === '{%' ? RAW.exec(source) : null;
        data(open.index, sign, kind === '{{');
        if (raw) {
            const start = open.index + raw[0].length;
            END_RAW.lastIndex = start;
            const end = END_RAW.exec(source);
            if (end === null)
                throw new TemplateError('Missing end of raw directive', line);
            advance(start);
            let value = source.slice(start, end.index);
            const bound = value.lastIndexOf('\n') + 1;
            if (end[1] === '-')
                value = value.trimEnd();
            else if (end[1] !== '+' && bound > 0 && /^\s+$/.test(value.slice(bound)))
                value = value.slice(0, bound);
            if (value !== '')
                tokens.push({ type: 'data', value, line });
            advance(end.index + end[0].length);
            atLineStart = end[0].endsWith('\n');
        }
        else if (kind === '{#') {
            END_COMMENT.lastIndex = open.index + 2;
            const end = END_COMMENT.exec(source);
            if (end === null)
                throw new TemplateError('Missing end of comment tag', line);
            advance(end.index + end[0].length);
            atLineStart = end[0].endsWith('\n');
        }
        else {
            const isBlock = kind === '{%';
            tokens.push({ type: isBlock ? 'block_begin' : 'variable_begin', value: kind, line });
            advance(open.index + 2 + sign.length);
            atLineStart = inside(isBlock);
        }
    }
    tokens.push({ type: 'eof', value: '', line });
    return tokens;
    /** Tokens up to the end of a tag; true when it ended with a line. */
    function inside(isBlock) {
        const brackets = [];
        const end = isBlock ? /\+%\}|-%\}\s*|%\}\n?/y : /-\}\}\s*|\}\}/y;
        for (;;) {
            end.lastIndex = at;
            const closed = brackets.length === 0 ? end.exec(source) : null;
            if (closed) {
                tokens.push({ type: isBlock ? 'block_end' : 'variable_end', value: closed[0], line });
                advance(at + closed[0].length);
                return closed[0].endsWith('\n');
            }
            INNER.lastIndex = at;
            const groups = INNER.exec(source)?.groups;
            if (groups === undefined) {
                if (at >= source.length)
                    throw new TemplateError('unexpected end of template', line);
                throw new TemplateError(`unexpected char ${JSON.stringify(source.charAt(at))}`, line);
            }
            const [type, value] = Object.entries(groups).find(([, found]) => found !== undefined);
            if (type === 'operator') {
                const pairs = { '(': ')', '[': ']', '{': '}' };
                const closing = pairs[value];
                if (closing !== undefined)
                    brackets.push(closing);
                else if (/[)\]}]/.test(value) && brackets.pop() !== value)
                    throw new TemplateError(`unexpected '${value}'`, line);
            }
            if (type !== 'space')
                tokens.push({ type, value: type === 'string' ? unescaped(value.slice(1, -1)) : value, line });
            advance(at + value.length);
        }
    }
}
const SIMPLE = {
    n: '\n', t: '\t', r: '\r', b: '\b', a: '\x07', f: '\f', v: '\v', '\\': '\\', "'": "'", '"': '"', '\n': '',
}; // biome-ignore format: one escape after another
/** A string literal as Python reads it: what is not an escape keeps its backslash. */
function unescaped(literal) {
    return literal.replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g, (whole, x, u, U, octal, other) => {
        const hex = x ?? u ?? U;
        if (hex !== undefined) {
            const code = Number.parseInt(hex, 16);
            if (code > 0x10ffff)
                throw new TemplateError(`illegal Unicode character ${whole}`);
            return String.fromCodePoint(code);
        }
        if (octal !== undefined)
            return String.fromCharCode(Number.parseInt(octal, 8));
        if (other === 'x' || other === 'u' || other === 'U' || other === 'N')
            throw new TemplateError(`truncated escape ${whole} in a string`);
        return SIMPLE[other] ?? whole;
    });
}
//# sourceMappingURL=lexer.js.map