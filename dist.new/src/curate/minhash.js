// MinHash of texts with bands: two texts share a band with a chance that rises steeply with the Jaccard similarity of their shingles.
import { hash32 } from './text.js';
/** Hashes of a signature. */
export const HASHES = 64;
/** Least chance that two texts at the threshold are compared. */
const RECALL = 0.999;
/** The chance that two texts of a Jaccard similarity share a band: 1 - (1 - s^rows)^bands. */
export const shareChance = ({ bands, rows }, similarity) => 1 - (1 - similarity ** rows) ** bands;
/** The longest bands, which compare the fewest unlike texts, that miss fewer than one in a thousand at the threshold. */
export function bandsFor(threshold) {
    for (let rows = HASHES; rows > 1; rows--) {
        const bands = { bands: Math.floor(HASHES / rows), rows };
        if (shareChance(bands, threshold) >= RECALL)
            return bands;
    }
    return { bands: HASHES, rows: 1 };
}
/** Odd multipliers and addends of the hash functions, always the same. */
const MULTIPLIERS = Int32Array.from({ length: HASHES }, (_, i) => hash32(`multiplier ${i}`, 1) | 1);
const ADDENDS = Int32Array.from({ length: HASHES }, (_, i) => hash32(`addend ${i}`, 2));
/** 32-bit hashes of the shingles of a text of `length` characters each, sorted, each once; a shorter text is one shingle. */
export function shinglesOf(text, length) {
    const count = Math.max(1, text.length - length + 1);
    const all = new Uint32Array(count);
    for (let i = 0; i < count; i++)
        all[i] = hash32(text, 0, i, Math.min(text.length, i + length));
    all.sort();
    let kept = 0;
    for (let i = 0; i < count; i++)
        if (i === 0 || all[i] !== all[i - 1])
            all[kept++] = all[i];
    return all.subarray(0, kept);
}
/** Jaccard similarity of two sorted sets. */
export function jaccard(a, b) {
    let [i, j, both] = [0, 0, 0];
    while (i < a.length && j < b.length) {
        const [x, y] = [a[i], b[j]];
        if (x === y)
            both++;
        if (x <= y)
            i++;
        if (y <= x)
            j++;
    }
    return both / (a.length + b.length - both);
}
/** Computes the keys of bands; keeps its arrays from text to text. */
export class BandKeys {
    bands;
    signature = new Uint32Array(HASHES);
    constructor(bands) {
        this.bands = bands;
    }
    /** A 32-bit key for each band of a set of shingles, written into `out`. */
    of(shingles, out) {
        const { signature, bands } = this;
        signature.fill(0xffffffff);
        for (const shingle of shingles)
            for (let k = 0; k < HASHES; k++) {
                const x = Math.imul(shingle, MULTIPLIERS[k]) + ADDENDS[k];
                const hash = (x ^ (x >>> 15)) >>> 0;
                if (hash < signature[k])
                    signature[k] = hash;
            }
        for (let band = 0; band < bands.bands; band++) {
            let key = 0x811c9dc5 ^ band;
            for (let k = band * bands.rows; k < (band + 1) * bands.rows; k++) {
                key = Math.imul(key ^ signature[k], 0x01000193);
                key ^= key >>> 13;
            }
            out[band] = key >>> 0;
        }
    }
}
//# sourceMappingURL=minhash.js.map