// Perceptual hashes of images: 64 bits that stay nearly the same when a picture is scaled, compressed or slightly recolored.
import { PRECISION_BITS, tapsFor } from '../media/taps.js';
/** Side of the picture that the cosine transform is taken of, and of its corner that is kept. */
const SIDE = 32;
const KEPT = 8;
/** cos((2x + 1) u pi / 2N), [u, x]: the rows of the DCT-II that are needed. */
const COSINES = Float64Array.from({ length: KEPT * SIDE }, (_, i) => {
    const [u, x] = [Math.floor(i / SIDE), i % SIDE];
    return Math.cos(((2 * x + 1) * u * Math.PI) / (2 * SIDE));
});
/** Taps of Pillow's Lanczos filter by the lengths they go from and to: images of a data set have few sizes. */
const kept = new Map();
const MOST_KEPT = 256;
function lanczos(from, to) {
    const key = `${from} ${to}`;
    let taps = kept.get(key);
    if (!taps) {
        if (kept.size >= MOST_KEPT)
            kept.clear();
        taps = tapsFor('lanczos', { from, to, at: 0, size: to, start: 0, length: from });
        kept.set(key, taps);
    }
    return taps;
}
const HALF = 2 ** (PRECISION_BITS - 1);
const toByte = (sum) => {
    const value = sum >> PRECISION_BITS;
    return value < 0 ? 0 : value > 255 ? 255 : value;
};
/** Brightness [height, width]: Pillow's `convert('L')`, then its Lanczos resize of one channel, in its fixed-point arithmetic. */
function grayOf(image, width, height) {
    const { data, width: w, height: h } = image;
    const gray = new Uint8Array(w * h);
    for (let i = 0, at = 0; i < gray.length; i++, at += 3)
        gray[i] = (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 0x8000) >> 16;
    if (w === width && h === height)
        return gray;
    const [across, down] = [lanczos(w, width), lanczos(h, height)];
    const rows = new Uint8Array(width * h);
    for (let x = 0; x < width; x++) {
        const [first, n, at] = [across.first[x], across.count[x], x * across.width];
        for (let y = 0; y < h; y++) {
            let sum = HALF;
            for (let k = 0, from = y * w + first; k < n; k++)
                sum += gray[from + k] * across.weights[at + k];
            rows[y * width + x] = toByte(sum);
        }
    }
    const out = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
        const [first, n, at] = [down.first[y], down.count[y], y * down.width];
        for (let x = 0; x < width; x++) {
            let sum = HALF;
            for (let k = 0, from = first * width + x; k < n; k++, from += width)
                sum += rows[from] * down.weights[at + k];
            out[y * width + x] = toByte(sum);
        }
    }
    return out;
}
const bitsOf = (isSet) => {
    let [high, low] = [0, 0];
    for (let i = 0; i < 32; i++) {
        high = (high << 1) | (isSet(i) ? 1 : 0);
        low = (low << 1) | (isSet(32 + i) ? 1 : 0);
    }
    return { high: high >>> 0, low: low >>> 0 };
};
/**
 * pHash (Zauner 2010), bit for bit that of the Python package imagehash: the 8x8 lowest frequencies of the cosine transform of a 32x32 picture, each
 * above their median or not.
 */
export function pHash(image) {
    const gray = grayOf(image, SIDE, SIDE);
    const rows = new Float64Array(SIDE * KEPT);
    for (let y = 0; y < SIDE; y++)
        for (let u = 0; u < KEPT; u++) {
            let sum = 0;
            for (let x = 0; x < SIDE; x++)
                sum += gray[y * SIDE + x] * COSINES[u * SIDE + x];
            rows[y * KEPT + u] = sum;
        }
    const low = new Float64Array(KEPT * KEPT);
    for (let v = 0; v < KEPT; v++)
        for (let u = 0; u < KEPT; u++) {
            let sum = 0;
            for (let y = 0; y < SIDE; y++)
                sum += rows[y * KEPT + u] * COSINES[v * SIDE + y];
            low[v * KEPT + u] = sum;
        }
    const sorted = Float64Array.from(low).sort();
    const median = (sorted[31] + sorted[32]) / 2;
    // A picture of one color has no frequencies but rounding: none of them is a bit.
    const least = 1e-6 * Math.max(1, Math.abs(low[0]));
    return bitsOf((i) => low[i] > median + least);
}
/** dHash: whether each pixel of an 8x8 grid is brighter than its left neighbor. */
export function dHash(image) {
    const gray = grayOf(image, KEPT + 1, KEPT);
    return bitsOf((i) => {
        const at = Math.floor(i / KEPT) * (KEPT + 1) + (i % KEPT);
        return gray[at + 1] > gray[at];
    });
}
/** 16 hexadecimal digits. */
export const bitsToHex = ({ high, low }) => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
/** The bits of 16 hexadecimal digits. */
export const hexToBits = (hex) => ({
    high: Number.parseInt(hex.slice(0, 8), 16),
    low: Number.parseInt(hex.slice(8), 16),
});
/** Set bits of 32. */
export function popcount(bits) {
    let v = bits - ((bits >>> 1) & 0x55555555);
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
/** Bits that differ, 0 to 64. */
export const hamming = (a, b) => popcount(a.high ^ b.high) + popcount(a.low ^ b.low);
//# sourceMappingURL=image-hash.js.map