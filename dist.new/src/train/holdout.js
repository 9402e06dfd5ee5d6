// Which rows are held out of training: a pure function of the seed.
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
/** Draws the held-out rows: a share of `count` below 1, else their number. Throws `train.option` where nothing would be left. */
export function splitRows(count, { share, seed }) {
    const wanted = share < 1 ? Math.round(share * count) : share;
    if (!Number.isFinite(wanted) || share < 0 || !Number.isInteger(wanted) || wanted >= count)
        throw new SensoriumError('train.option', "'holdout' is out of range", {
            place: 'holdout',
            expected: `a share below 1, or fewer than the ${count} rows`,
            got: String(share),
        });
    const held = new Set();
    const rng = new Rng(seed).fork('holdout');
    while (held.size < wanted)
        held.add(rng.int(count));
    const rows = Array.from({ length: count }, (_, i) => i);
    return { train: Int32Array.from(rows.filter((i) => !held.has(i))), held: Int32Array.from([...held].sort((a, b) => a - b)) };
}
//# sourceMappingURL=holdout.js.map