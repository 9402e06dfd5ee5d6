// JSON as nodes: characters of strings, literals, numbers without bounds.
import { ALL, intersect, utf8 } from './code-points.js';
import { alt, bytes, oneOf, optional, repeat, seq, text } from './node.js';
/** What strings write as it is: everything but quotes, backslashes and control characters. */
const PLAIN = intersect(ALL, [
    [0x20, 0x21],
    [0x23, 0x5b],
    [0x5d, 0x10ffff],
]);
const SHORT = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' };
/** Characters as a JSON string writes them, each in one way: plain where it can be, else the shortest escape. */
export function jsonEncoder(ranges) {
    const escaped = [];
    for (const [lo, hi] of ranges)
        for (let c = lo; c <= Math.min(hi, 0x5c); c++)
            if (c < 0x20 || c === 0x22 || c === 0x5c)
                escaped.push(text(SHORT[c] ?? `\\u${c.toString(16).padStart(4, '0')}`));
    return alt(utf8(intersect(ranges, PLAIN)), ...escaped);
}
const HEX = oneOf('0123456789abcdefABCDEF');
/** One character of a string in any spelling, except escaped surrogates, of which two would be one character. */
export const ANY_CHAR = alt(utf8(PLAIN), seq(text('\\'), alt(oneOf('"\\/bfnrt'), seq(text('u'), alt(seq(oneOf('0123456789abcefABCEF'), HEX), seq(oneOf('dD'), oneOf('01234567'))), HEX, HEX))));
/** One character of a string that no spelling hides: for names that must differ from others. */
export const PLAIN_CHAR = utf8(PLAIN);
/** A value as JSON.stringify writes it. */
export const literal = (value) => text(JSON.stringify(value));
export const DIGIT = bytes([[0x30, 0x39]]);
const NONZERO = bytes([[0x31, 0x39]]);
/** Digits before the point: all integers of so many are exact in a double. */
export const INTEGER_DIGITS = 15;
/** Integers of at most 15 digits. */
export const INTEGER = alt(text('0'), seq(optional(text('-')), NONZERO, repeat(DIGIT, 0, INTEGER_DIGITS - 1)));
/** Numbers that never become infinite: bounded digits and exponents. */
export const NUMBER = seq(optional(text('-')), alt(text('0'), seq(NONZERO, repeat(DIGIT, 0, INTEGER_DIGITS - 1))), optional(seq(text('.'), repeat(DIGIT, 1, 16))), optional(seq(oneOf('eE'), optional(oneOf('+-')), repeat(DIGIT, 1, 2))));
//# sourceMappingURL=json-text.js.map