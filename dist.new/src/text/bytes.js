// The GPT-2 byte alphabet: a printable character for each of the 256 bytes, so that byte-level tokens can be written as JSON strings.
import { SensoriumError } from '../util/errors.js';
/** Character that stands for each byte (Radford et al. 2019, `bytes_to_unicode`): printable Latin-1 stands for itself, the rest for U+0100 on. */
export const BYTE_TO_CHAR = (() => {
    const chars = [];
    let next = 0x100;
    for (let b = 0; b < 256; b++) {
        const printable = (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
        chars.push(String.fromCharCode(printable ? b : next++));
    }
    return chars;
})();
/** Byte behind each character of the alphabet. */
export const CHAR_TO_BYTE = new Map(BYTE_TO_CHAR.map((c, b) => [c, b]));
const encoder = new TextEncoder();
/** UTF-8 bytes of `text` written in the byte alphabet. */
export function toByteAlphabet(text) {
    let out = '';
    for (const byte of encoder.encode(text))
        out += BYTE_TO_CHAR[byte];
    return out;
}
/** Bytes of a token written in the byte alphabet; characters outside it (added tokens) count as their own UTF-8. */
export function fromByteAlphabet(token) {
    const bytes = new Uint8Array(token.length);
    for (let i = 0; i < token.length; i++) {
        const byte = CHAR_TO_BYTE.get(token[i]);
        if (byte === undefined)
            return encoder.encode(token);
        bytes[i] = byte;
    }
    return bytes;
}
/** UTF-8 length in bytes of `text.slice(start, end)`; a lone surrogate counts 3, as TextEncoder writes U+FFFD for it. */
export function utf8Length(text, start = 0, end = text.length) {
    if (start < 0 || end > text.length || start > end)
        throw new SensoriumError('text.range', 'slice lies outside the text', { expected: `0 <= ${start} <= ${end} <= ${text.length}` });
    let n = 0;
    for (let i = start; i < end; i++) {
        const c = text.charCodeAt(i);
        if (c < 0x80)
            n += 1;
        else if (c < 0x800)
            n += 2;
        else if (c >= 0xd800 && c < 0xdc00 && i + 1 < end && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
            n += 4;
            i++;
        }
        else
            n += 3;
    }
    return n;
}
//# sourceMappingURL=bytes.js.map