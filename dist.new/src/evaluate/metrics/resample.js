// Bootstrap intervals of scores that are not proportions: means, and functions of sums over a corpus such as BLEU.
import { Rng } from '../../util/rng.js';
import { zOf } from '../wilson.js';
const Z = zOf(0.95);
/** The mean of any numbers with its 95 % interval by the normal approximation; nothing measured is the least of `range`. */
export function meanInterval(values, range = [0, 1]) {
    const n = values.length;
    if (n === 0)
        return { value: range[0], low: range[0], high: range[1], n };
    const value = values.reduce((a, b) => a + b, 0) / n;
    if (n === 1)
        return { value, low: range[0], high: range[1], n };
    const variance = values.reduce((sum, x) => sum + (x - value) ** 2, 0) / (n - 1);
    const half = Z * Math.sqrt(variance / n);
    return { value, low: Math.max(range[0], value - half), high: Math.min(range[1], value + half), n };
}
/** Resamples, and groups of observations that are drawn as one where there are more of them. */
const SAMPLES = 1000;
const BLOCKS = 2000;
/**
 * A function of summed counts with the 95 % interval of the percentile bootstrap (Efron 1979) over observations, drawn with a seed. Of more
 * than 2,000 observations every 2,000th goes into one block, and blocks are drawn.
 */
export function bootstrap(counts, of, seed = 0) {
    const n = counts.length;
    const width = counts[0]?.length ?? 0;
    const blocks = Array.from({ length: Math.min(n, BLOCKS) }, () => new Float64Array(width));
    const total = new Float64Array(width);
    for (const [i, row] of counts.entries()) {
        const block = blocks[i % blocks.length];
        for (let k = 0; k < width; k++) {
            block[k] = block[k] + row[k];
            total[k] = total[k] + row[k];
        }
    }
    const values = of([...total]);
    if (n < 2)
        return values.map((value) => ({ value, low: 0, high: 1, n }));
    const rng = new Rng(`bootstrap/${seed}`);
    const drawn = values.map(() => new Float64Array(SAMPLES));
    const sums = new Array(width);
    for (let sample = 0; sample < SAMPLES; sample++) {
        sums.fill(0);
        for (let b = 0; b < blocks.length; b++) {
            const block = blocks[rng.int(blocks.length)];
            for (let k = 0; k < width; k++)
                sums[k] = sums[k] + block[k];
        }
        for (const [i, value] of of(sums).entries())
            drawn[i][sample] = value;
    }
    return values.map((value, i) => {
        const sorted = drawn[i].sort();
        return {
            value,
            low: sorted[Math.round(0.025 * (SAMPLES - 1))],
            high: sorted[Math.round(0.975 * (SAMPLES - 1))],
            n,
        };
    });
}
//# sourceMappingURL=resample.js.map