// In which order a stage takes the rows of its data: a pure function of seed and epoch, so that a resumed run takes the same.
import { Rng } from '../util/rng.js';
/** Batches of one epoch, with `short` those included that only fill up its last step. */
function batchesPerEpoch({ count, batch, accumulate = 1, lastBatch = 'short' }) {
    const batches = count / batch;
    return lastBatch === 'wrap' ? batches : Math.ceil(Math.ceil(batches) / accumulate) * accumulate;
}
/** Steps that take every row at least once. */
export function stepsPerEpoch(options) {
    return Math.max(1, Math.ceil(batchesPerEpoch(options) / (options.accumulate ?? 1)));
}
/** A function from the index of a batch to its rows. No rows: the epoch has ended within the step. */
export function rowOrder(options) {
    const { count, batch, shuffle, lastBatch = 'short' } = options;
    const perEpoch = batchesPerEpoch(options);
    const kept = new Map();
    /** The row that stands at `place` of an epoch. */
    const rowAt = (epoch, place) => {
        if (shuffle === undefined)
            return place;
        let order = kept.get(epoch);
        if (!order) {
            order = permutation(count, new Rng(shuffle).fork('shuffle', epoch));
            for (const old of kept.keys())
                if (old < epoch - 1)
                    kept.delete(old);
            kept.set(epoch, order);
        }
        return order[place];
    };
    return (index) => {
        if (lastBatch === 'wrap')
            return Array.from({ length: batch }, (_, i) => index * batch + i).map((k) => rowAt(Math.floor(k / count), k % count));
        const epoch = Math.floor(index / perEpoch);
        const start = (index % perEpoch) * batch;
        return Array.from({ length: Math.max(0, Math.min(batch, count - start)) }, (_, i) => rowAt(epoch, start + i));
    };
}
/** Fisher and Yates. */
function permutation(count, rng) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
}
//# sourceMappingURL=order.js.map