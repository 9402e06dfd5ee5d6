// Sets of Unicode code points as sorted ranges, and their UTF-8 encodings as nodes over bytes.
import { alt, bytes, seq } from './node.js';
/** All code points that UTF-8 can write: surrogates are none. */
export const ALL = [
    [0, 0xd7ff],
    [0xe000, 0x10ffff],
];
/** Sorted, without overlaps, neighbours joined. */
export function normalise(ranges) {
    const sorted = ranges.filter(([lo, hi]) => lo <= hi).sort((a, b) => a[0] - b[0]);
    const out = [];
    for (const [lo, hi] of sorted) {
        const last = out[out.length - 1];
        if (last !== undefined && lo <= last[1] + 1)
            last[1] = Math.max(last[1], hi);
        else
            out.push([lo, hi]);
    }
    return out;
}
/** What is in both; both sorted. */
export function intersect(a, b) {
    const out = [];
    for (const [lo, hi] of a)
        for (const [lo2, hi2] of b)
            if (Math.max(lo, lo2) <= Math.min(hi, hi2))
                out.push([Math.max(lo, lo2), Math.min(hi, hi2)]);
    return out;
}
/** Every code point that is not in the set. */
export function complement(ranges) {
    const out = [];
    let from = 0;
    for (const [lo, hi] of normalise(ranges)) {
        if (lo > from)
            out.push([from, lo - 1]);
        from = hi + 1;
    }
    if (from <= 0x10ffff)
        out.push([from, 0x10ffff]);
    return intersect(out, ALL);
}
/** UTF-8 encodings of one code point of the set. */
export function utf8(ranges) {
    const single = [];
    const longer = [];
    for (const [lo, hi] of intersect(normalise(ranges), ALL))
        for (const parts of sequences(lo, hi))
            if (parts.length === 1)
                single.push(parts[0]);
            else
                longer.push(seq(...parts.map((part) => bytes([part]))));
    return single.length > 0 ? alt(bytes(single), ...longer) : alt(...longer);
}
const LAST = [0x7f, 0x7ff, 0xffff, 0x10ffff];
/** Byte ranges whose products are exactly the encodings of lo..hi (the method of RE2 and of Rust's utf8-ranges). */
function* sequences(lo, hi) {
    for (const last of LAST)
        if (lo <= last && last < hi) {
            yield* sequences(lo, last);
            yield* sequences(last + 1, hi);
            return;
        }
    const [a, b] = [encode(lo), encode(hi)];
    // Split until the bytes after the first that differs run over their whole range.
    for (let tail = 1; tail < a.length; tail++) {
        const mask = 2 ** (6 * tail) - 1;
        if (Math.floor(lo / (mask + 1)) === Math.floor(hi / (mask + 1)))
            continue;
        if (lo % (mask + 1) !== 0) {
            const cut = lo - (lo % (mask + 1)) + mask;
            yield* sequences(lo, cut);
            yield* sequences(cut + 1, hi);
            return;
        }
        if (hi % (mask + 1) !== mask) {
            const cut = hi - (hi % (mask + 1));
            yield* sequences(lo, cut - 1);
            yield* sequences(cut, hi);
            return;
        }
    }
    yield a.map((byte, i) => [byte, b[i]]);
}
function encode(c) {
    if (c < 0x80)
        return [c];
    if (c < 0x800)
        return [0xc0 | (c >> 6), 0x80 | (c & 63)];
    if (c < 0x10000)
        return [0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)];
    return [0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)];
}
const properties = new Map();
let everything;
/** Characters with a property of Unicode, as the runtime knows it: `L`, `Script=Greek`, `Emoji`. Undefined for a name that it does not know. */
export function propertyRanges(name) {
    if (!/^[A-Za-z_]{1,40}(=[A-Za-z_]{1,40})?$/.test(name))
        return undefined;
    if (properties.has(name))
        return properties.get(name);
    let runs;
    try {
        runs = new RegExp(`\\p{${name}}+`, 'gu');
    }
    catch {
        return undefined; // one that nobody knows
    }
    everything ??= ALL.map(([lo, hi]) => Array.from({ length: hi - lo + 1 }, (_, i) => String.fromCodePoint(lo + i)).join('')).join('');
    const found = [];
    for (const [run] of everything.matchAll(runs)) {
        const points = [...run].map((c) => c.codePointAt(0));
        found.push([points[0], points.at(-1)]);
    }
    const ranges = intersect(normalise(found), ALL);
    properties.set(name, ranges);
    return ranges;
}
//# sourceMappingURL=code-points.js.map