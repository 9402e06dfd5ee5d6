// Paired tests between two runs over the same rows: McNemar for right and wrong, the bootstrap for any score of a row.
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import { groupBy } from '../scores.js';
function checkPairs(a, b) {
    if (a.length === b.length)
        return;
    throw new SensoriumError('evaluate.paired', 'two runs differ in their rows', {
        expected: `${a.length} rows, those of the first run`,
        got: `${b.length}`,
        hint: 'Compare runs over the same rows: the same benchmark, --n and --seed',
    });
}
/** McNemar's exact test (McNemar 1947) of right and wrong, row by row. Errors: `evaluate.paired` for unequal lengths. */
export function mcnemar(a, b) {
    checkPairs(a, b);
    const onlyA = a.filter((right, i) => right && !b[i]).length;
    const onlyB = a.filter((right, i) => !right && b[i]).length;
    const trials = onlyA + onlyB;
    // Both tails of the binomial with one half, in logarithms so that no power underflows.
    let log = -trials * Math.LN2;
    let tail = 0;
    for (let k = 0; k <= Math.min(onlyA, onlyB); k++) {
        tail += Math.exp(log);
        log += Math.log(trials - k) - Math.log(k + 1);
    }
    return { onlyA, onlyB, n: a.length, p: Math.min(1, 2 * tail) };
}
/** Resamples and sign flips: as many as these rows drawn in all, within bounds. */
const DRAWN = 1e8;
const samplesFor = (rows) => Math.round(Math.min(10_000, Math.max(1000, DRAWN / Math.max(1, rows))));
/**
 * Difference of the mean scores of two runs over the same rows: the 95 % interval of the paired bootstrap and the p of the paired
 * randomization test (Noreen 1989), both drawn with a seed. Errors: `evaluate.paired`.
 */
export function pairedDifference(a, b, { seed = 0, samples = samplesFor(a.length) } = {}) {
    checkPairs(a, b);
    const n = a.length;
    const differences = Float64Array.from(a, (x, i) => b[i] - x);
    const mean = (of) => {
        let sum = 0;
        for (let i = 0; i < n; i++)
            sum += of(i);
        return n === 0 ? 0 : sum / n;
    };
    const difference = mean((i) => differences[i]);
    // Rows with equal scores cannot change either statistic's sum: only the others are drawn for the test.
    const unequal = differences.filter((d) => d !== 0);
    if (unequal.length === 0)
        return { difference: 0, low: 0, high: 0, p: 1, n };
    const rng = new Rng(`paired/${seed}`);
    const drawn = Float64Array.from({ length: samples }, () => mean(() => differences[rng.int(n)])).sort();
    const observed = Math.abs(difference) * n * (1 - 1e-12);
    let extreme = 0;
    for (let s = 0; s < samples; s++) {
        let sum = 0;
        for (const d of unequal)
            sum += rng.bool() ? d : -d;
        if (Math.abs(sum) >= observed)
            extreme++;
    }
    const at = (share) => drawn[Math.round(share * (samples - 1))];
    return { difference, low: at(0.025), high: at(0.975), p: (extreme + 1) / (samples + 1), n };
}
const ratioOf = (above, below) => (below === 0 ? 0 : above / below);
/**
 * Difference of a score that is a sum over a sum, of two runs over the same rows: the 95 % interval of the paired bootstrap and the p of the
 * paired randomization test, as `pairedDifference`. With strata, rows are drawn within each. A sum over nothing is 0. Errors: `evaluate.paired`.
 */
export function pairedRatio(a, b, { seed = 0, samples = samplesFor(a.length) } = {}) {
    checkPairs(a, b);
    const n = a.length;
    // Rows with nothing of either run below the line are in neither score.
    const rows = a.flatMap(([up, low, stratum], i) => {
        const [otherUp, otherLow, other] = b[i];
        return low !== 0 || otherLow !== 0 ? [{ row: [up, low, otherUp, otherLow], stratum: stratum ?? other ?? '' }] : [];
    });
    const strata = [...groupBy(rows, ({ stratum }) => stratum).values()].map((own) => own.map(({ row }) => row));
    const over = (of) => {
        let [totalA, totalB] = [0, 0];
        for (const own of strata) {
            const sums = [0, 0, 0, 0];
            for (let i = 0; i < own.length; i++) {
                const row = of(own, i);
                for (let k = 0; k < 4; k++)
                    sums[k] = sums[k] + row[k];
            }
            totalA += ratioOf(sums[0], sums[1]);
            totalB += ratioOf(sums[2], sums[3]);
        }
        return [totalA, totalB];
    };
    const [valueA, valueB] = over((own, i) => own[i]);
    const difference = valueB - valueA;
    const found = { a: valueA, b: valueB, difference, n };
    if (rows.every(({ row: [up, low, otherUp, otherLow] }) => up === otherUp && low === otherLow))
        return { ...found, low: 0, high: 0, p: 1 };
    const rng = new Rng(`paired ratio/${seed}`);
    const drawn = Float64Array.from({ length: samples }, () => {
        const [x, y] = over((own) => own[rng.int(own.length)]);
        return y - x;
    }).sort();
    const observed = Math.abs(difference) * (1 - 1e-12);
    let extreme = 0;
    for (let s = 0; s < samples; s++) {
        const [x, y] = over((own, i) => {
            const row = own[i];
            return rng.bool() ? row : [row[2], row[3], row[0], row[1]];
        });
        if (Math.abs(y - x) >= observed)
            extreme++;
    }
    const share = (q) => drawn[Math.round(q * (samples - 1))];
    return { ...found, low: share(0.025), high: share(0.975), p: (extreme + 1) / (samples + 1) };
}
//# sourceMappingURL=paired.js.map