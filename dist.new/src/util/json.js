// Finds where a JSON text goes wrong: V8's own message gives no position for short texts and differs between versions.
const skip = /[ \t\n\r]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
const stringPart = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** Index of the first character at which `text` stops being JSON; `text.length` when it ends too early or is valid. */
export function jsonErrorAt(text) {
    let at = 0;
    const take = (pattern) => {
        pattern.lastIndex = at;
        const found = pattern.test(text);
        if (found)
            at = pattern.lastIndex;
        return found;
    };
    const is = (char) => {
        if (text[at] !== char)
            return false;
        at++;
        return true;
    };
    const string = () => {
        if (!is('"'))
            return false;
        while (take(stringPart))
            ;
        return is('"');
    };
    // An explicit stack: nesting in a hostile file must not overflow ours.
    const closers = [];
    for (let needValue = true;;) {
        take(skip);
        if (needValue) {
            if (is('{') || is('[')) {
                const close = text[at - 1] === '{' ? '}' : ']';
                take(skip);
                if (is(close))
                    needValue = false;
                else {
                    closers.push(close);
                    if (close === '}' && !key())
                        return at;
                }
                continue;
            }
            if (!(text[at] === '"' ? string() : take(scalar)))
                return at;
            needValue = false;
            continue;
        }
        const close = closers[closers.length - 1];
        if (close === undefined)
            return at; // the value is complete; anything left is too much
        if (is(close)) {
            closers.pop();
            continue;
        }
        if (!is(','))
            return at;
        take(skip);
        if (close === '}' && !key())
            return at;
        needValue = true;
    }
    function key() {
        if (!string())
            return false;
        take(skip);
        return is(':');
    }
}
/** What is wrong at `at` (from `jsonErrorAt`) in words: a summary, the text that stands there, and what to do. */
export function describeJsonError(text, at) {
    const rest = text.slice(at, at + 20);
    const got = at >= text.length ? 'the end of the text' : JSON.stringify(rest);
    const last = text.slice(0, at).trimEnd().at(-1) ?? '';
    const literal = /^-?(?:NaN|Infinity|inf|nan|None|True|False|undefined)\b/.exec(rest)?.[0];
    if (at >= text.length)
        return { summary: 'the JSON ends too early', got, hint: 'The file is cut off, or a bracket is not closed: copy or download it again' };
    if (literal)
        return {
            summary: `${literal} is not JSON`,
            got,
            hint: /None|True|False/.test(literal) ? 'Write null, true and false' : 'Write null in its place, or leave the key out',
        };
    if (last === ',' && /^[\]}]/.test(rest))
        return { summary: 'a comma stands before a closing bracket', got, hint: 'Remove the comma' };
    if (/^(?:\/[/*]|#)/.test(rest))
        return { summary: 'JSON has no comments', got, hint: 'Remove the comment' };
    if (/^['‘’“”]/.test(rest))
        return { summary: 'JSON strings stand in double quotes', got, hint: 'Write the file with json.dump, not with str()' };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
    if (/^[\u0000-\u001f]/.test(rest))
        return {
            summary: 'a string has a raw line break or control character',
            got,
            hint: 'Close the string, or write the character as \\n or \\u00XX',
        };
    if (/^\\/.test(rest))
        return { summary: 'a string has an escape that JSON does not know', got, hint: 'Write a backslash as \\\\' };
    if (/["\]}\d]|[el]$/.test(last) && /^["[{\w-]/.test(rest))
        return { summary: 'a comma is missing', got, hint: 'Put a comma before this' };
    return { summary: 'this is not valid JSON', got, hint: 'Correct the file there' };
}
/** A string, or a number. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/**
 * `value` as JSON, where numbers that `text` (valid JSON) has at the same place are written as they stand there: `1.0` stays `1.0`, which
 * readers that tell integers from floats insist on.
 */
export function rewriteJson(text, value) {
    const marked = text.replace(stringOrNumber, (part) => (part.startsWith('"') ? part : `"\\u0000${part}"`));
    const written = (now, was) => {
        if (typeof now === 'number')
            return typeof was === 'string' && was[0] === '\0' && Number(was.slice(1)) === now ? was : now;
        if (typeof now !== 'object' || now === null)
            return now;
        const old = (typeof was === 'object' && was !== null ? was : {});
        if (Array.isArray(now))
            return now.map((item, i) => written(item, old[i]));
        return Object.fromEntries(Object.entries(now).map(([key, item]) => [key, written(item, old[key])]));
    };
    return JSON.stringify(written(value, JSON.parse(marked)), null, 2).replace(/"\\u0000(-?\d[\d.eE+-]*)"/g, '$1');
}
//# sourceMappingURL=json.js.map