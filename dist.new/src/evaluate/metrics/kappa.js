// Cohen's kappa: how far two raters agree beyond what their habits alone would give; weighted where categories are ordered.
import { SensoriumError } from '../../util/errors.js';
import { bootstrap } from './resample.js';
/** Most categories: of the intervals, every pair of them is a count. */
const MOST = 50;
/** Disagreement of categories i and j of k, from 0 to 1. */
function disagreement(weights, i, j, k) {
    if (weights === 'none')
        return i === j ? 0 : 1;
    const distance = Math.abs(i - j) / Math.max(1, k - 1);
    return weights === 'linear' ? distance : distance * distance;
}
/**
 * Kappa of a table of counts, row by row: 1 minus the observed over the expected disagreement (Cohen 1960; weighted, Cohen 1968). Where both
 * raters only ever used one and the same category, nothing could have disagreed and kappa is 0.
 */
export function kappaOf(table, k, weights = 'none') {
    const [rows, columns] = [new Float64Array(k), new Float64Array(k)];
    let [n, observed] = [0, 0];
    for (let i = 0; i < k; i++)
        for (let j = 0; j < k; j++) {
            const count = table[i * k + j];
            n += count;
            observed += count * disagreement(weights, i, j, k);
            rows[i] = rows[i] + count;
            columns[j] = columns[j] + count;
        }
    let expected = 0;
    for (let i = 0; i < k; i++)
        for (let j = 0; j < k; j++)
            expected += rows[i] * columns[j] * disagreement(weights, i, j, k);
    return n === 0 || expected === 0 ? 0 : 1 - (observed * n) / expected;
}
/**
 * Kappa of two raters over the same items, with the 95 % interval of the bootstrap over the items. `categories`: all of them, in their order
 * where `weights` is not `none`. Errors: `evaluate.agreement` for lists of unequal length, and for a rating that is not a category.
 */
export function cohenKappa(a, b, { categories, weights = 'none', seed = 0 }) {
    const k = categories.length;
    const fail = (expected, got) => {
        throw new SensoriumError('evaluate.agreement', 'agreement cannot be computed', { expected, got });
    };
    if (k > MOST)
        fail(`at most ${MOST} categories`, String(k));
    if (a.length !== b.length)
        fail(`${a.length} ratings of each rater`, String(b.length));
    const place = new Map(categories.map((category, i) => [category, i]));
    const at = (rating) => place.get(rating) ?? fail(categories.join(', '), String(rating));
    const cells = a.map((rating, i) => {
        const counts = new Array(k * k).fill(0);
        counts[at(rating) * k + at(b[i])] = 1;
        return counts;
    });
    if (cells.length === 0)
        return { value: 0, low: -1, high: 1, n: 0 };
    const [found] = bootstrap(cells, (table) => [kappaOf(table, k, weights)], seed);
    return cells.length < 2 ? { ...found, low: -1 } : found;
}
//# sourceMappingURL=kappa.js.map