// How deep and how large a JSON text is, before it is parsed: one pass over its bytes that stops at the first bound.
import { ApiError, badRequest } from './errors.js';
/** Levels of a body. Deeper ones would overflow the stack of whoever walks them later. */
const MAX_DEPTH = 64;
/** Values in a body: megabytes of tiny ones cost far more to parse and check than they do to send. */
const MAX_VALUES = 200_000;
/** Keys of one object, far more than any field has, and the values that a key counts as: each is a string that must be looked up. */
const MAX_KEYS = 5000;
const KEY_VALUES = 4;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
/** Values of a JSON text; undefined of one that is nested too deep, or holds more of them than `max`, or too many keys. */
export function jsonValues(text, max) {
    try {
        return checkJsonSize(Buffer.from(text), max);
    }
    catch (error) {
        if (error instanceof ApiError)
            return undefined;
        throw error;
    }
}
/**
 * How many values JSON holds. Throws `ApiError` 400 for what is nested too deep, or holds too many values or keys. What is not JSON is left
 * to the parser.
 */
export function checkJsonSize(bytes, max = MAX_VALUES) {
    const keys = new Int32Array(MAX_DEPTH + 1);
    let depth = 0;
    let values = 0;
    for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i];
        if (byte === QUOTE) {
            i = endOfString(bytes, i);
            if (i < 0)
                return values; // not closed: the parser says so
        }
        else if (byte === COMMA)
            values++;
        else if (byte === COLON) {
            values += KEY_VALUES - 1; // beside the comma or bracket before it
            const own = Math.max(0, depth);
            keys[own] = keys[own] + 1;
            if (keys[own] > MAX_KEYS)
                throw badRequest(`An object of the body has more than ${MAX_KEYS} keys`, 'body', { code: 'invalid_json' });
        }
        else if ((byte | 0x20) === 0x7b) {
            values++; // `[` or `{`, and the first value in it
            if (++depth > MAX_DEPTH)
                throw badRequest(`The body is nested deeper than ${MAX_DEPTH} levels`, 'body', { code: 'invalid_json' });
            if (depth > 0)
                keys[depth] = 0;
        }
        else if ((byte | 0x20) === 0x7d)
            depth--;
        if (values > max)
            throw badRequest(`The body holds more than ${max} values`, 'body', { code: 'invalid_json' });
    }
    return values;
}
/** Index of the quote that ends the string beginning at `start`; -1 where there is none. Long strings are skipped at the speed of memory. */
function endOfString(bytes, start) {
    for (let at = bytes.indexOf(QUOTE, start + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
        let before = at - 1;
        while (bytes[before] === BACKSLASH)
            before--;
        if ((at - before) % 2 === 1)
            return at;
    }
    return -1;
}
//# sourceMappingURL=json-scan.js.map