// The weights of Pillow's resampling filters along one axis, in its fixed-point arithmetic or torch's.
/** Index is Pillow's code: 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming. */
export const RESAMPLE_CODES = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];
const sinc = (x) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
/** Each filter's radius in source pixels (at scale 1) and its weight at signed distance x. */
const KERNELS = {
    box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
    bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
    hamming: {
        support: 1,
        // Pillow writes these two constants in single precision; in double a pixel here and there differs.
        weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI))),
    },
    bicubic: {
        support: 2,
        weight: (signed) => {
            const a = -0.5; // Keys' value; OpenCV and torch without antialias use -0.75
            const x = Math.abs(signed);
            if (x < 1)
                return ((a + 2) * x - (a + 3)) * x * x + 1;
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
        },
    },
    lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};
/** Bits after the binary point of a weight: 8-bit pixels and two guard bits leave 22 of 32. */
export const PRECISION_BITS = 32 - 8 - 2;
const ONE = 2 ** PRECISION_BITS;
/** As many bits as leave the largest of torch's weights below 2^15. */
function torchBits(largest) {
    let bits = 0;
    while (bits < PRECISION_BITS && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < 2 ** 15)
        bits++;
    return bits;
}
/** Canvas positions that position `i` of the result reads: [first, end). When shrinking, the kernel is stretched by the scale. */
function windowAt(filter, { from, to }, i) {
    const scale = from / to;
    const center = (i + 0.5) * scale;
    if (filter === 'nearest' || from === to) {
        const at = Math.min(from - 1, Math.trunc(center));
        return [at, at + 1, center];
    }
    const support = KERNELS[filter].support * Math.max(scale, 1);
    return [Math.max(0, Math.trunc(center - support + 0.5)), Math.min(from, Math.trunc(center + support + 0.5)), center];
}
/** Positions of the image that the wanted part of an axis reads: [first, end), empty where it lies outside. */
export function imageRange(filter, axis) {
    const [first] = windowAt(filter, axis, axis.at);
    const [, end] = windowAt(filter, axis, axis.at + axis.size - 1);
    // Nearest may read one position further, see `nearestTaps`.
    const slack = filter === 'nearest' ? 1 : 0;
    const inside = (n) => Math.min(axis.length, Math.max(0, n - axis.start));
    return [inside(first - slack), inside(end + slack)];
}
/** How many weights `tapsFor` computes for an axis. */
export function tapCount(filter, { from, to, size }) {
    return filter === 'nearest' || from === to ? size : size * widthOf(filter, from / to);
}
const widthOf = (filter, scale) => Math.ceil(KERNELS[filter].support * Math.max(scale, 1)) * 2 + 1;
/** The most positions of the image that one position reads; at least 1. */
export const mostTaps = ({ count }) => count.reduce((a, b) => Math.max(a, b), 1);
function emptyTaps(size, width) {
    const perPosition = () => new Int32Array(size);
    return { weights: new Int32Array(size * width), width, first: perPosition(), count: perPosition(), outside: perPosition() };
}
/** One tap of weight 1, or none outside the image. */
function putOne(taps, i, position, { start, length }) {
    const inside = position >= start && position < start + length;
    taps.weights[i] = ONE;
    taps.first[i] = inside ? position - start : 0;
    taps.count[i] = inside ? 1 : 0;
    taps.outside[i] = inside ? 0 : ONE;
}
/** Pillow steps to the nearest positions by addition, so its rounding accumulates and must here too. */
function nearestTaps(axis) {
    const taps = emptyTaps(axis.size, 1);
    const step = axis.from / axis.to;
    let at = step * 0.5;
    if (axis.at > 2 ** 24)
        at += axis.at * step; // no image of Pillow is so long
    else
        for (let i = 0; i < axis.at; i++)
            at += step;
    for (let i = 0; i < axis.size; i++, at += step)
        putOne(taps, i, Math.min(axis.from - 1, Math.trunc(at)), axis);
    return taps;
}
/** Normalized weights of the canvas positions that position `i` of the result reads, in `into`; gives the range of positions. */
function exactWeights(filter, axis, i, into) {
    const { weight } = KERNELS[filter];
    const perPixel = 1 / Math.max(axis.from / axis.to, 1);
    const [first, end, center] = windowAt(filter, axis, i);
    let total = 0;
    for (let k = first; k < end; k++) {
        const w = weight((k - center + 0.5) * perPixel);
        into[k - first] = w;
        total += w;
    }
    if (total !== 0)
        for (let k = 0; k < end - first; k++)
            into[k] = into[k] / total;
    return [first, end];
}
/** The largest weight of a whole axis. */
function largestWeight(filter, axis, scratch) {
    let largest = 0;
    for (let i = 0; i < axis.to; i++) {
        const [first, end] = exactWeights(filter, axis, i, scratch);
        for (let k = 0; k < end - first; k++)
            largest = Math.max(largest, scratch[k]);
    }
    return largest;
}
/** The weights of one axis, fixed-point with `PRECISION_BITS`: torch's have fewer bits, behind which there are zeros. */
export function tapsFor(filter, axis, arithmetic = 'pillow') {
    const { from, to, start, length } = axis;
    if (filter === 'nearest')
        return nearestTaps(axis);
    if (from === to) {
        const taps = emptyTaps(axis.size, 1);
        for (let i = 0; i < axis.size; i++)
            putOne(taps, i, axis.at + i, axis);
        return taps;
    }
    const taps = emptyTaps(axis.size, widthOf(filter, from / to));
    const exact = new Float64Array(taps.width);
    const bits = arithmetic === 'pillow' ? PRECISION_BITS : torchBits(largestWeight(filter, axis, exact));
    const [one, unit] = [2 ** bits, 2 ** (PRECISION_BITS - bits)];
    for (let i = 0; i < axis.size; i++) {
        const [first, end] = exactWeights(filter, axis, axis.at + i, exact);
        let [n, outside] = [0, 0];
        for (let k = first; k < end; k++) {
            const w = exact[k - first] * one;
            const fixed = Math.trunc(w < 0 ? w - 0.5 : w + 0.5) * unit;
            if (k < start || k >= start + length)
                outside += fixed;
            else
                taps.weights[i * taps.width + n++] = fixed;
        }
        taps.first[i] = Math.min(length, Math.max(0, first - start));
        taps.count[i] = n;
        taps.outside[i] = outside;
    }
    return taps;
}
//# sourceMappingURL=taps.js.map