// Counts of 64-bit keys in typed arrays: 12 bytes and a half-empty slot for each, where a Map would take a hundred.
/** How often each key was added. Open addressing, doubled when it is more than half full. */
export class HashCounts {
    keys = new Uint32Array(2 * 1024);
    counts = new Uint32Array(1024);
    used = 0;
    /** Different keys. */
    get size() {
        return this.used;
    }
    /** The count of a key; 0 for one that was not added. */
    get(key) {
        return this.counts[this.slot(key)];
    }
    /** Adds a key and gives its count. */
    add(key) {
        if (this.used * 2 >= this.counts.length)
            this.grow();
        const at = this.slot(key);
        if (this.counts[at] === 0) {
            this.used++;
            this.keys[2 * at] = key.high;
            this.keys[2 * at + 1] = key.low;
        }
        this.counts[at] = this.counts[at] + 1;
        return this.counts[at];
    }
    /** Keys with a count above `most`. */
    *above(most) {
        for (let at = 0; at < this.counts.length; at++)
            if (this.counts[at] > most)
                yield { high: this.keys[2 * at], low: this.keys[2 * at + 1] };
    }
    slot({ high, low }) {
        const mask = this.counts.length - 1;
        for (let at = (high ^ Math.imul(low, 0x9e3779b1)) & mask;; at = (at + 1) & mask)
            if (this.counts[at] === 0 || (this.keys[2 * at] === high >>> 0 && this.keys[2 * at + 1] === low >>> 0))
                return at;
    }
    grow() {
        const { keys, counts } = this;
        this.keys = new Uint32Array(keys.length * 2);
        this.counts = new Uint32Array(counts.length * 2);
        for (let i = 0; i < counts.length; i++) {
            if (counts[i] === 0)
                continue;
            const at = this.slot({ high: keys[2 * i], low: keys[2 * i + 1] });
            this.keys[2 * at] = keys[2 * i];
            this.keys[2 * at + 1] = keys[2 * i + 1];
            this.counts[at] = counts[i];
        }
    }
}
//# sourceMappingURL=hash-counts.js.map