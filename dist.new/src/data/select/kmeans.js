// k-means: rows of features in groups that are alike (Lloyd 1982, begun as k-means++, Arthur and Vassilvitskii 2007).
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
const distance = (a, b) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++)
        sum += (a[i] - b[i]) ** 2;
    return sum;
};
/** Rows in `k` groups; the same seed gives the same groups. Errors: `data.option` for a `k` below 1 or above the number of rows. */
export function kMeans(rows, k, { seed = 0, rounds = 100 } = {}) {
    if (!Number.isSafeInteger(k) || k < 1 || k > rows.length)
        throw new SensoriumError('data.option', 'there cannot be so many clusters', {
            place: 'k',
            expected: `1 to ${rows.length}`,
            got: String(k),
        });
    const rng = new Rng(seed).fork('kmeans');
    const centers = [Float64Array.from(rng.pick(rows))];
    const nearest = Float64Array.from(rows, (row) => distance(row, centers[0]));
    while (centers.length < k) {
        const chosen = Float64Array.from(rows[nearest.every((d) => d === 0) ? rng.int(rows.length) : rng.weighted(nearest)]);
        centers.push(chosen);
        for (const [i, row] of rows.entries())
            nearest[i] = Math.min(nearest[i], distance(row, chosen));
    }
    const labels = new Int32Array(rows.length).fill(-1);
    let inertia = 0;
    for (let round = 0; round < rounds; round++) {
        let changed = false;
        inertia = 0;
        for (const [i, row] of rows.entries()) {
            let [best, least] = [0, Number.POSITIVE_INFINITY];
            for (const [c, center] of centers.entries()) {
                const d = distance(row, center);
                if (d < least)
                    [best, least] = [c, d];
            }
            changed ||= labels[i] !== best;
            labels[i] = best;
            inertia += least;
        }
        if (!changed)
            break;
        for (const [c, center] of centers.entries()) {
            const own = rows.filter((_, i) => labels[i] === c);
            if (own.length === 0)
                continue; // a center that lost all its rows stays where it is
            center.fill(0);
            for (const row of own)
                for (let j = 0; j < center.length; j++)
                    center[j] = center[j] + row[j] / own.length;
        }
    }
    return { labels, centers, inertia };
}
//# sourceMappingURL=kmeans.js.map