// The rows of all images of the sequences in a cache, for adapters that attend to them at every step.
import { hostTensor } from '../util/host.js';
/** Rows in the order in which they came, with the sequence and the place of each. */
export class MediaRows {
    width;
    rows = [];
    sequences = [];
    places = [];
    made;
    constructor(width) {
        this.width = width;
    }
    /** features: [m, width] at the flat positions `at` of a step of `n` tokens for each sequence, which had `lengths` tokens before. */
    append(features, at, { n, lengths }) {
        if (at.length === 0)
            return;
        for (const [i, flat] of at.entries()) {
            const sequence = Math.floor(flat / n);
            this.rows.push(features.data.slice(i * this.width, (i + 1) * this.width));
            this.sequences.push(sequence);
            this.places.push(lengths[sequence] + (flat % n));
        }
        this.made = undefined;
    }
    /** Forgets rows at `length` and behind it. */
    truncate(length) {
        this.keep((i) => this.places[i] < length);
    }
    /** Gives the sequence `target` the rows of `source` in `from`, in place of its own. */
    copyRow(from, source, target) {
        const taken = from.sequences.flatMap((sequence, i) => (sequence === source ? [[from.rows[i], from.places[i]]] : []));
        this.keep((i) => this.sequences[i] !== target);
        for (const [row, place] of taken) {
            this.rows.push(row);
            this.sequences.push(target);
            this.places.push(place);
        }
    }
    /** At least one row: one of nobody's where there are none. */
    feeds() {
        if (this.made)
            return this.made;
        const m = Math.max(1, this.rows.length);
        const media = hostTensor('float32', [m, this.width]);
        for (const [i, row] of this.rows.entries())
            media.data.set(row, i * this.width);
        const of = (values) => hostTensor('int32', [m], values.length > 0 ? [...values] : [-1]);
        this.made = { media, media_sequences: of(this.sequences), media_places: of(this.places) };
        return this.made;
    }
    keep(wanted) {
        const kept = [...this.rows.keys()].filter(wanted);
        this.rows = kept.map((i) => this.rows[i]);
        this.sequences = kept.map((i) => this.sequences[i]);
        this.places = kept.map((i) => this.places[i]);
        this.made = undefined;
    }
}
//# sourceMappingURL=media-rows.js.map