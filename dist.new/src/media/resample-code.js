// The inner loops of resampling as WebAssembly with SIMD. A weight is split into two numbers of 16 bits, so that one instruction multiplies
// eight pixels by their weights and adds; put together, the sums of both are those of Pillow's 32-bit integers.
import { PRECISION_BITS } from './taps.js';
import { add, advance, get, i32x4, int, less, loadInt, narrowToBytes, repeat, set, v128, wasmFunction, wasmModule, when, } from './wasm-code.js';
/** Bits of the lower number of a weight. */
export const LOW_BITS = 11;
/** Bytes before the weights of a record: three int32, which `putRecords` names, and one unused. Weights are pairs: both upper numbers, both lower ones. */
export const HEADER = 16;
/** Rows that are resampled across at a time. */
export const ROWS = 4;
/** Bytes of a pair of pixels in `ROWS` rows. */
export const PAIR = 2 * ROWS * 3;
/** The bytes of these int32, these int16 of two vectors. */
const ints = (...numbers) => numbers.flatMap((n) => [4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3]);
const shorts = (...numbers) => numbers.flatMap((n) => [2 * n, 2 * n + 1]);
const clear = ({ high, low }) => [set(high, v128.zero), set(low, v128.zero)];
/** Adds products of pixels and weights. */
const weigh = (sum, pixels, weights) => [
    set(sum.high, i32x4.add(get(sum.high), i32x4.dot(get(pixels), get(weights.high)))),
    set(sum.low, i32x4.add(get(sum.low), i32x4.dot(get(pixels), get(weights.low)))),
];
const joined = ({ high, low }) => i32x4.add(i32x4.shiftLeft(get(high), LOW_BITS), get(low));
/** A sum without the bits behind its point. */
const rounded = (sum) => i32x4.shiftRight(i32x4.add(sum, i32x4.splat(int(2 ** (PRECISION_BITS - 1)))), PRECISION_BITS);
/** Where the weights of a record begin and end. */
const weightsOf = (taps, weight, last) => [
    set(weight, add(get(taps), int(HEADER))),
    set(last, add(get(weight), loadInt(get(taps), 4))),
];
/** Runs for each two weights; there may be none. */
const forWeights = (weight, last, weights, body) => {
    const loaded = [set(weights.high, v128.load32splat(get(weight))), set(weights.low, v128.load32splat(get(weight), 4))];
    return when(less(get(weight), get(last)), repeat([loaded, body, advance(weight, int(8))], less(get(weight), get(last))));
};
/**
 * Four rows of pixels, `step` bytes apart, to pairs: of two neighbors the red bytes row by row, the green ones, the blue ones. Two pairs at a
 * time, up to `end` of the first row.
 */
const pairs = wasmFunction('pairs', { parameters: ['source', 'step', 'end', 'out'], ints: ['row'], vectors: ['a', 'b', 'c', 'd', 'left', 'right'] }, ({ source, step, end, out, row, a, b, c, d, left, right }) => {
    const none = 128;
    const neighbors = [0, 3, 1, 4, 2, 5, none, none, 6, 9, 7, 10, 8, 11, none, none];
    const mixed = (rows, numbers) => v128.shuffle(get(rows[0]), get(rows[1]), numbers);
    /** One pair: the i16 of two rows each, then those of all four. */
    const pair = (at, numbers) => [
        set(left, mixed([a, b], numbers)),
        set(right, mixed([c, d], numbers)),
        v128.store(get(out), mixed([left, right], ints(0, 4, 1, 5)), at),
        v128.store(get(out), mixed([left, right], ints(2, 6, 3, 7)), at + 16),
    ];
    return repeat([
        set(row, get(source)),
        [a, b, c, d].map((vector) => [set(vector, v128.swizzle(v128.load(get(row)), neighbors)), advance(row, get(step))]),
        pair(0, shorts(0, 8, 1, 9, 2, 10, 3, 11)),
        pair(PAIR, shorts(4, 12, 5, 13, 6, 14, 7, 15)),
        advance(source, int(12)),
        advance(out, int(2 * PAIR)),
    ], less(get(source), get(end)));
});
/**
 * Four rows of pixels, `step` bytes apart, from pairs: three bytes each, and a fourth that the next one overwrites. `taps`: a record for each
 * pixel, with how far from the start its first pair is. `color`: three int32, of what lies outside the image.
 */
const across = wasmFunction('across', {
    parameters: ['pairs', 'taps', 'tapsStep', 'color', 'out', 'step', 'end'],
    ints: ['from', 'weight', 'last'],
    vectors: ['high', 'low', 'pixels', 'redHigh', 'redLow', 'greenHigh', 'greenLow', 'blueHigh', 'blueLow'],
}, (l) => {
    const { pairs, taps, tapsStep, color, out, step, end, from, weight, last, high, pixels } = l;
    const red = { high: l.redHigh, low: l.redLow };
    const green = { high: l.greenHigh, low: l.greenLow };
    const blue = { high: l.blueHigh, low: l.blueLow };
    const channels = [red, green, blue];
    const outside = (sum, i) => set(sum.low, i32x4.add(get(sum.low), i32x4.mul(get(high), v128.load32splat(get(color), 4 * i))));
    const [r, g, b] = channels.map((sum) => rounded(joined(sum)));
    return repeat([
        set(from, add(get(pairs), loadInt(get(taps)))),
        weightsOf(taps, weight, last),
        channels.map(clear),
        forWeights(weight, last, l, [
            channels.map((sum, i) => [set(pixels, v128.load8x8u(get(from), 2 * ROWS * i)), weigh(sum, pixels, l)]),
            advance(from, int(PAIR)),
        ]),
        when(loadInt(get(taps), 8), [set(high, i32x4.splat(loadInt(get(taps), 8))), channels.map(outside)]),
        set(blue.high, b),
        set(pixels, narrowToBytes(i32x4.narrow(r, g), i32x4.narrow(get(blue.high), get(blue.high)))),
        set(pixels, v128.swizzle(get(pixels), [0, 4, 8, 8, 1, 5, 9, 9, 2, 6, 10, 10, 3, 7, 11, 11])),
        set(from, get(out)),
        [0, 1, 2, 3].map((i) => [v128.store32(get(from), get(pixels), i), advance(from, get(step))]),
        advance(taps, get(tapsStep)),
        advance(out, int(3)),
    ], less(get(out), get(end)));
});
/** One row of bytes from rows that begin `step` bytes apart, and from the row `base` as far as the record says: 16 at a time. */
const down = wasmFunction('down', {
    parameters: ['rows', 'step', 'taps', 'base', 'out', 'end'],
    ints: ['from', 'weight', 'last'],
    vectors: ['high', 'low', 'one', 'two', 'both', 'high0', 'low0', 'high1', 'low1', 'high2', 'low2', 'high3', 'low3'],
}, (l) => {
    const { rows, step, taps, base, out, end, from, weight, last, one, two, both } = l;
    const [first, second, third, fourth] = [
        { high: l.high0, low: l.low0 },
        { high: l.high1, low: l.low1 },
        { high: l.high2, low: l.low2 },
        { high: l.high3, low: l.low3 },
    ];
    /** Eight columns: the bytes of two rows side by side. */
    const columns = (at, [left, right]) => [
        set(one, v128.load8x8u(get(from), at)),
        set(two, v128.load8x8u(add(get(from), get(step)), at)),
        set(both, v128.shuffle(get(one), get(two), shorts(0, 8, 1, 9, 2, 10, 3, 11))),
        weigh(left, both, l),
        set(both, v128.shuffle(get(one), get(two), shorts(4, 12, 5, 13, 6, 14, 7, 15))),
        weigh(right, both, l),
    ];
    /** The same of the base, whose weight has more than 16 bits. */
    const outside = (at, [left, right]) => [
        set(one, v128.load8x8u(get(base), at)),
        set(left.low, i32x4.add(get(left.low), i32x4.mul(v128.widenLow16(get(one)), get(l.high)))),
        set(right.low, i32x4.add(get(right.low), i32x4.mul(v128.widenHigh16(get(one)), get(l.high)))),
    ];
    const eight = (left, right) => i32x4.narrow(rounded(joined(left)), rounded(joined(right)));
    return repeat([
        set(from, get(rows)),
        weightsOf(taps, weight, last),
        [first, second, third, fourth].map(clear),
        forWeights(weight, last, l, [columns(0, [first, second]), columns(8, [third, fourth]), advance(from, add(get(step), get(step)))]),
        when(loadInt(get(taps), 8), [
            set(l.high, i32x4.splat(loadInt(get(taps), 8))),
            outside(0, [first, second]),
            outside(8, [third, fourth]),
        ]),
        v128.store(get(out), narrowToBytes(eight(first, second), eight(third, fourth))),
        advance(rows, int(16)),
        advance(base, int(16)),
        advance(out, int(16)),
    ], less(get(out), get(end)));
});
/** The module: exports `pairs`, `across` and `down`, over a memory of whoever uses it. */
export const resampleCode = () => wasmModule([pairs, across, down]);
//# sourceMappingURL=resample-code.js.map