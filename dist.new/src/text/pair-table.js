// A map from pairs of small integers to integers in typed arrays: merges of a BPE model, edges of a trie. Several times faster than a Map.
const NONE = -1;
/** Pairs of non-negative integers to non-negative integers; it never shrinks. */
export class PairTable {
    mask;
    lefts;
    rights;
    values;
    count = 0;
    /** `expected`: pairs that it will hold; more make it grow. */
    constructor(expected) {
        let size = 16;
        while (size < 2 * expected)
            size *= 2;
        this.mask = size - 1;
        this.lefts = new Int32Array(size).fill(NONE);
        this.rights = new Int32Array(size);
        this.values = new Int32Array(size);
    }
    /** The value of a pair, or -1. */
    get(left, right) {
        const at = this.slot(left, right);
        return this.lefts[at] === NONE ? NONE : this.values[at];
    }
    /** Sets the value of a pair. */
    set(left, right, value) {
        let at = this.slot(left, right);
        if (this.lefts[at] === NONE) {
            if (++this.count * 2 > this.mask + 1) {
                this.grow();
                at = this.slot(left, right);
            }
            this.lefts[at] = left;
            this.rights[at] = right;
        }
        this.values[at] = value;
    }
    /** Where the pair is, or the free place where it would be. */
    slot(left, right) {
        const { mask, lefts, rights } = this;
        const hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
        let at = (hash ^ (hash >>> 15)) & mask;
        while (lefts[at] !== NONE && !(lefts[at] === left && rights[at] === right))
            at = (at + 1) & mask;
        return at;
    }
    grow() {
        const { lefts, rights, values } = this;
        const larger = new PairTable(2 * lefts.length);
        lefts.forEach((left, i) => {
            if (left !== NONE)
                larger.set(left, rights[i], values[i]);
        });
        this.mask = larger.mask;
        this.lefts = larger.lefts;
        this.rights = larger.rights;
        this.values = larger.values;
    }
}
//# sourceMappingURL=pair-table.js.map