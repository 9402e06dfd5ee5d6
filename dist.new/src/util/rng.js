// Seeded random numbers: one small generator (xoshiro128**) that can be forked by name and saved in a checkpoint.
/** FNV-1a over a string, mixed; used to derive independent streams from names. */
export function hash32(text, seed = 0x811c9dc5) {
    let h = seed >>> 0;
    for (let i = 0; i < text.length; i++)
        h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
}
const rotl = (x, k) => (x << k) | (x >>> (32 - k));
/** Deterministic generator (Blackman and Vigna, xoshiro128**), seeded through splitmix32. */
export class Rng {
    s;
    constructor(seed) {
        if (Array.isArray(seed)) {
            this.s = [...seed];
            return;
        }
        let z = typeof seed === 'string' ? hash32(seed) : (seed ^ Math.floor(seed / 4294967296)) >>> 0;
        const next = () => {
            z = (z + 0x9e3779b9) >>> 0;
            let t = z ^ (z >>> 16);
            t = Math.imul(t, 0x21f0aaad);
            t ^= t >>> 15;
            t = Math.imul(t, 0x735a2d97);
            return (t ^ (t >>> 15)) >>> 0;
        };
        this.s = [next(), next(), next(), next()];
    }
    /** Snapshot for a checkpoint; `new Rng(state)` continues exactly there. */
    get state() {
        return [...this.s];
    }
    /** An independent stream named by `keys`; does not advance this one. */
    fork(...keys) {
        return new Rng(hash32(keys.join('/'), hash32(this.s.join(','))));
    }
    /** Uniform unsigned 32-bit integer. */
    u32() {
        const s = this.s;
        const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
        const t = s[1] << 9;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotl(s[3], 11);
        return result;
    }
    /** Uniform in [0, 1) with 32 bits. */
    float() {
        return this.u32() / 4294967296;
    }
    /** Uniform in [lo, hi). */
    uniform(lo, hi) {
        return lo + (hi - lo) * this.float();
    }
    /** Uniform integer in [0, n). */
    int(n) {
        return Math.floor(this.float() * n);
    }
    /** True with probability p. */
    bool(p = 0.5) {
        return this.float() < p;
    }
    /** Standard normal (Box-Muller, one value per call so that state stays four words). */
    normal() {
        const u = 1 - this.float();
        return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.float());
    }
    /** One element, uniformly. */
    pick(items) {
        return items[this.int(items.length)];
    }
    /** Index drawn in proportion to non-negative `weights`. */
    weighted(weights) {
        let total = 0;
        for (let i = 0; i < weights.length; i++)
            total += weights[i];
        let r = this.float() * total;
        for (let i = 0; i < weights.length; i++) {
            r -= weights[i];
            if (r < 0)
                return i;
        }
        return weights.length - 1;
    }
    /** Fisher-Yates, in place. */
    shuffle(items) {
        for (let i = items.length - 1; i > 0; i--) {
            const j = this.int(i + 1);
            [items[i], items[j]] = [items[j], items[i]];
        }
        return items;
    }
    /** k distinct elements in random order. */
    sample(items, k) {
        return this.shuffle([...items]).slice(0, k);
    }
}
//# sourceMappingURL=rng.js.map