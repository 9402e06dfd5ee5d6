// The bench over several seeds: means with Student's interval over the seeds, and each method against the base, seed by seed.
import { compareSweep } from '../train/sweep.js';
/** Names of the numbers that are compared beside the scores. */
export const SEED_METRICS = {
    equal: 'CHAIR-i at equal coverage',
    change: 'change from base at equal coverage',
    pair: 'change from base at the coverage of both',
    pope: 'POPE F1, adversarial',
    auroc: 'AUROC of the flag',
    passes: 'forward passes',
    milliseconds: 'milliseconds',
};
/** The numbers of one row by name. Scores of nothing are left out. */
export function rowMetrics({ scores, equal, pair, pope, auroc, passes, milliseconds }) {
    return {
        [SEED_METRICS.equal]: equal.chair,
        ...(pair ? { [SEED_METRICS.change]: equal.change, [SEED_METRICS.pair]: pair.own.change } : {}),
        ...Object.fromEntries(scores.flatMap(({ name, value, n }) => (n > 0 ? [[name, value]] : []))),
        ...(pope ? { [SEED_METRICS.pope]: pope.f1 } : {}),
        ...(auroc === undefined ? {} : { [SEED_METRICS.auroc]: auroc }),
        [SEED_METRICS.passes]: passes,
        [SEED_METRICS.milliseconds]: milliseconds,
    };
}
/** Every number of every method over the seeds; `setting` is the method. The base is the first, which the others are paired with. */
export function overSeeds(runs) {
    return compareSweep(runs.flatMap(({ seed, rows }) => rows.map((row) => ({ setting: row.method, seed: String(seed), metrics: rowMetrics(row) }))));
}
//# sourceMappingURL=seeds.js.map