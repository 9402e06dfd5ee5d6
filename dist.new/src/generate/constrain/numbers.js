// Numbers between bounds as nodes over digits: comparison is done by the automaton, on decimal texts, exactly.
import { DIGIT, INTEGER, INTEGER_DIGITS } from './json-text.js';
import { alt, bytes, EMPTY, NEVER, optional, repeat, seq, text } from './node.js';
/**
 * Numbers within bounds, of at most 15 digits, without exponents. `integer`: without a point; else with up to 6 digits after it, or as
 * many as the bounds or `steps`, which the number is a multiple of, have. `NEVER` where there is none.
 */
export function boundedNumber(bounds, integer, steps = []) {
    const limits = [bounds.minimum, bounds.exclusiveMinimum, bounds.maximum, bounds.exclusiveMaximum];
    const given = [...limits, ...steps].filter((b) => b !== undefined);
    const most = integer ? 0 : Math.min(Math.max(6, ...given.map((b) => decimal(b).scale)), INTEGER_DIGITS - 1);
    const options = [];
    for (let scale = 0; scale <= most; scale++) {
        const [lo, hi] = interval(bounds, scale);
        if (lo > hi)
            continue;
        if (hi >= 0n)
            options.push(unsigned(lo > 0n ? lo : 0n, hi, scale));
        if (lo < 0n)
            options.push(seq(text('-'), unsigned(hi < 0n ? -hi : 1n, -lo, scale)));
    }
    return alt(...options);
}
/** Digits behind the point of the finest of some numbers. */
export const decimalPlaces = (values) => Math.max(0, ...values.map((v) => decimal(v).scale));
/** Numbers of at most 15 digits, up to `places` of them behind a point, without exponents. */
export function plainNumber(places) {
    if (places === 0)
        return INTEGER;
    const whole = alt(text('0'), seq(digits(1, 9), repeat(DIGIT, 0, Math.max(0, INTEGER_DIGITS - places - 1))));
    return seq(optional(text('-')), whole, optional(seq(text('.'), repeat(DIGIT, 1, Math.min(places, INTEGER_DIGITS - 1)))));
}
/** A double as digits * 10^-scale, from its shortest decimal: the text that JSON writes for it. */
export function decimal(value) {
    const [mantissa = '0', exponent = '0'] = value.toString().split('e');
    const [whole = '0', fraction = ''] = mantissa.split('.');
    const scale = fraction.length - Number(exponent);
    const digits = BigInt(whole + fraction);
    return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}
/** Smallest and largest whole number of units 10^-scale within the bounds and 15 digits. */
function interval(b, scale) {
    const edge = 10n ** BigInt(INTEGER_DIGITS) - 1n;
    let [lo, hi] = [-edge, edge];
    const raise = (bound, strict) => {
        const [units, exact] = scaled(bound, scale);
        const least = exact ? units + (strict ? 1n : 0n) : units + 1n; // units is rounded down
        if (least > lo)
            lo = least;
    };
    const lower = (bound, strict) => {
        const [units, exact] = scaled(bound, scale);
        const largest = exact && strict ? units - 1n : units;
        if (largest < hi)
            hi = largest;
    };
    if (b.minimum !== undefined)
        raise(b.minimum, false);
    if (b.exclusiveMinimum !== undefined)
        raise(b.exclusiveMinimum, true);
    if (b.maximum !== undefined)
        lower(b.maximum, false);
    if (b.exclusiveMaximum !== undefined)
        lower(b.exclusiveMaximum, true);
    return [lo, hi];
}
/** floor(value * 10^scale), and whether that is exact. */
function scaled(value, scale) {
    const d = decimal(value);
    if (scale >= d.scale)
        return [d.digits * 10n ** BigInt(scale - d.scale), true];
    const by = 10n ** BigInt(d.scale - scale);
    const units = d.digits / by;
    const exact = units * by === d.digits;
    return [!exact && d.digits < 0n ? units - 1n : units, exact]; // BigInt division rounds towards zero
}
/** lo..hi (not negative), written with `scale` digits after the point and no zeros in front. */
function unsigned(lo, hi, scale) {
    const options = [];
    for (let whole = 1; whole + scale <= INTEGER_DIGITS; whole++) {
        const length = whole + scale;
        const least = whole === 1 ? 0n : 10n ** BigInt(length - 1);
        const largest = 10n ** BigInt(length) - 1n;
        const [a, b] = [lo > least ? lo : least, hi < largest ? hi : largest];
        if (a > b)
            continue;
        options.push(between(digitsOf(a, length), digitsOf(b, length), scale > 0 ? whole : -1));
    }
    return options.length > 0 ? alt(...options) : NEVER;
}
const digitsOf = (value, length) => [...value.toString().padStart(length, '0')].map(Number);
/** Digit strings from `lo` to `hi`, equally long, with a point before position `point`. */
function between(lo, hi, point, at = 0) {
    if (at === lo.length)
        return EMPTY;
    const dot = at === point ? text('.') : EMPTY;
    const isLowest = lo.slice(at).every((d) => d === 0);
    const isHighest = hi.slice(at).every((d) => d === 9);
    if (isLowest && isHighest)
        return anyDigits(lo.length, point, at);
    const [a, b] = [lo[at], hi[at]];
    if (a === b)
        return seq(dot, digits(a, a), between(lo, hi, point, at + 1));
    const nines = hi.map(() => 9);
    const zeros = lo.map(() => 0);
    return seq(dot, alt(seq(digits(a, a), between(lo, nines, point, at + 1)), b - a > 1 ? seq(digits(a + 1, b - 1), anyDigits(lo.length, point, at + 1)) : NEVER, seq(digits(b, b), between(zeros, hi, point, at + 1))));
}
function anyDigits(length, point, at) {
    if (point < at)
        return repeat(DIGIT, length - at, length - at);
    return seq(repeat(DIGIT, point - at, point - at), text('.'), repeat(DIGIT, length - point, length - point));
}
const digits = (lo, hi) => bytes([[0x30 + lo, 0x30 + hi]]);
/** Numbers with another, shorter text: zeros at the end of their fraction, or a minus before zero. */
export const LONGER_NUMBER = alt(text('-0'), seq(optional(text('-')), repeat(DIGIT, 1, INTEGER_DIGITS), text('.'), repeat(DIGIT, 0, INTEGER_DIGITS), text('0')));
/** Numbers of at most 15 digits, each in one text. */
export const EXACT_NUMBER = alt(INTEGER, { kind: 'without', node: plainNumber(6), other: alt(LONGER_NUMBER, INTEGER) });
//# sourceMappingURL=numbers.js.map