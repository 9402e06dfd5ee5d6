// Image features by the content of the image: an image that comes again, or in two requests at once, is encoded once.
import { createHash } from 'node:crypto';
/** Hash of image rows that were given instead of an image. */
export function rowsKey(rows) {
    return createHash('sha256')
        .update('rows ')
        .update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength))
        .digest('base64');
}
/** Features of images, least recently used first out. Images are encoded one at a time: the same numbers whatever comes with them. */
export class FeatureCache {
    budget;
    known = new Map();
    pending = new Map();
    bytes = 0;
    hits = 0;
    misses = 0;
    evictions = 0;
    constructor(budget) {
        this.budget = budget;
    }
    get stats() {
        const { bytes, budget, hits, misses, evictions } = this;
        return { bytes, budget, images: this.known.size, hits, misses, evictions };
    }
    /** Rows [m * width] by their key; `make` encodes what is not here. */
    async rows(key, make) {
        const found = this.known.get(key);
        if (found) {
            this.hits++;
            this.known.delete(key);
            this.known.set(key, found);
            return found;
        }
        const running = this.pending.get(key);
        if (running) {
            this.hits++;
            return running;
        }
        this.misses++;
        const made = this.keep(key, make);
        this.pending.set(key, made);
        try {
            return await made;
        }
        finally {
            this.pending.delete(key);
        }
    }
    clear() {
        this.known.clear();
        this.bytes = 0;
    }
    async keep(key, make) {
        const rows = await make();
        if (rows.byteLength > this.budget)
            return rows;
        this.known.set(key, rows);
        this.bytes += rows.byteLength;
        for (const [old, data] of this.known) {
            if (this.bytes <= this.budget)
                break;
            this.known.delete(old);
            this.bytes -= data.byteLength;
            this.evictions++;
        }
        return rows;
    }
}
//# sourceMappingURL=feature-cache.js.map