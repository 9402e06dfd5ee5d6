// `data:` URLs, read as fetch reads them (WHATWG Fetch, "data: URL processor"): the one reader of the library, the server and the commands.
import { SensoriumError } from '../util/errors.js';
/** Longest text before the comma. */
const MAX_HEADER = 4096;
/** A data: URL, by its beginning. */
export function isDataUrl(source) {
    return /^\s*data:/i.test(source.slice(0, 256));
}
/**
 * The bytes of a data: URL. Base64 may have white space, percent-encoded characters and the alphabet for URLs in it, and lack its padding;
 * other payloads are percent-encoded. A `#` ends the URL. Errors: `media.url`, which says what is wrong; `media.limit` for more than
 * `maxBytes`, before anything is decoded.
 */
export function readDataUrl(url, { maxBytes = Number.POSITIVE_INFINITY } = {}) {
    const start = url.indexOf(':') + 1;
    const comma = url.slice(start, start + MAX_HEADER).search(/[,#]/);
    if (comma < 0 || url[start + comma] !== ',')
        throw wrong('the data URL has no comma before its content', 'data:image/png;base64,… or the like', url.slice(0, 60));
    const header = url
        .slice(start, start + comma)
        .replace(/[\t\n\r]/g, '')
        .trim();
    const fragment = url.indexOf('#', start + comma);
    const body = url.slice(start + comma + 1, fragment < 0 ? undefined : fragment);
    const mimeType = header.replace(/; *base64$/i, '');
    if (mimeType !== header)
        return { mimeType, bytes: fromBase64(body, maxBytes) };
    // Text of these characters alone is not a file of any medium.
    if (/^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(body))
        throw wrong('the data URL seems to be base64 but is not marked so', `;base64 before the comma`, `data:${header.slice(0, 60)},`);
    return { mimeType, bytes: percentDecode(body, maxBytes) };
}
function wrong(summary, expected, got) {
    return new SensoriumError('media.url', summary, { place: 'data URL', expected, got: JSON.stringify(got) });
}
function checkSize(size, maxBytes) {
    if (size > maxBytes)
        throw new SensoriumError('media.limit', 'the data URL holds too much', {
            place: 'data URL',
            expected: `at most ${maxBytes} bytes`,
            got: String(size),
            hint: 'Send a smaller file, or raise maxBytes if it is trusted',
        });
}
function fromBase64(body, maxBytes) {
    const plain = decoded(body, maxBytes);
    if (plain)
        return plain;
    // Percent-encoded digits take three characters: what is too long even so is not copied.
    if (!/[\t\n\f\r ]/.test(body))
        checkSize(Math.floor(body.length / 4), maxBytes);
    const digits = without(percentDecoded(without(Buffer.from(body, 'utf8'), WHITE)), WHITE).toString('latin1');
    const bytes = decoded(digits, maxBytes);
    if (bytes)
        return bytes;
    const bare = withoutPadding(digits);
    const bad = bare.search(/[^A-Za-z0-9+/_-]/);
    if (bad >= 0)
        throw wrong('the data URL is not valid base64', 'A-Z, a-z, 0-9, + and /', `${bare.slice(bad, bad + 20)} after ${bad} characters`);
    throw wrong('the data URL is not valid base64', 'a number of characters that bytes can have', `${bare.length}: it is cut off`);
}
const withoutPadding = (digits) => digits.slice(0, digits.endsWith('==') ? -2 : digits.endsWith('=') ? -1 : undefined);
/** The bytes of base64 that has nothing but digits in it, else undefined. Megabytes are read once: what is no digit is missed in the length. */
function decoded(text, maxBytes) {
    const digits = withoutPadding(text);
    if (digits.length % 4 === 1)
        return undefined;
    const size = Math.floor((digits.length * 3) / 4);
    if (size > maxBytes && !/[^A-Za-z0-9+/_-]/.test(digits))
        checkSize(size, maxBytes);
    if (size > maxBytes)
        return undefined;
    const bytes = Buffer.from(digits, 'base64');
    return bytes.length === size ? bytes : undefined;
}
/** Characters that are left out, by their codes. Byte by byte: a text may have millions of them, which regular expressions take seconds for. */
const BREAKS = new Set([0x09, 0x0a, 0x0d]);
const WHITE = new Set([...BREAKS, 0x0c, 0x20]);
/** Bytes without some, in the same memory. */
function without(text, dropped) {
    const isDropped = Uint8Array.from({ length: 256 }, (_, code) => (dropped.has(code) ? 1 : 0));
    let n = 0;
    for (let i = 0; i < text.length; i++) {
        const byte = text[i];
        text[n] = byte;
        n += 1 - isDropped[byte];
    }
    return text.subarray(0, n);
}
function percentDecode(body, maxBytes) {
    const text = without(Buffer.from(body, 'utf8'), BREAKS);
    checkSize(Math.ceil(text.length / 3), maxBytes);
    const bytes = percentDecoded(text);
    checkSize(bytes.length, maxBytes);
    return bytes;
}
/** Bytes with percent-encoded ones decoded, in the same memory. */
function percentDecoded(text) {
    const hex = (at) => {
        const c = text[at] ?? 0;
        const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : (c | 32) - 0x57;
        return digit >= 0 && digit <= 15 && (c <= 0x39 || (c | 32) >= 0x61) ? digit : -1;
    };
    let n = 0;
    for (let i = 0; i < text.length; i++, n++) {
        const [high, low] = text[i] === 0x25 ? [hex(i + 1), hex(i + 2)] : [-1, -1];
        text[n] = high >= 0 && low >= 0 ? high * 16 + low : text[i];
        if (high >= 0 && low >= 0)
            i += 2;
    }
    return text.subarray(0, n);
}
//# sourceMappingURL=data-url.js.map