// Calibration: whether what is said with probability p is so in a share p of cases.
import { SensoriumError } from '../../util/errors.js';
import { proportion } from '../wilson.js';
import { meanInterval } from './resample.js';
/** Probabilities beside what was so, in `bins` bins of equal width (default 10; empty ones are left out). Errors: `evaluate.agreement`. */
export function calibration(cases, bins = 10) {
    const wrong = cases.find(({ p }) => !(p >= 0 && p <= 1));
    if (wrong)
        throw new SensoriumError('evaluate.agreement', 'not a probability', { expected: 'a number from 0 to 1', got: String(wrong.p) });
    const groups = Array.from({ length: bins }, () => ({ n: 0, sum: 0, so: 0 }));
    for (const { p, so } of cases) {
        const group = groups[Math.min(bins - 1, Math.floor(p * bins))];
        group.n++;
        group.sum += p;
        if (so)
            group.so++;
    }
    const table = groups.flatMap(({ n, sum, so }, i) => n === 0 ? [] : [{ from: i / bins, to: (i + 1) / bins, n, said: sum / n, so: proportion(so, n) }]);
    const n = cases.length;
    const area = auroc(cases);
    return {
        brier: meanInterval(cases.map(({ p, so }) => (p - (so ? 1 : 0)) ** 2)),
        ece: n === 0 ? 0 : table.reduce((total, bin) => total + (bin.n / n) * Math.abs(bin.so.value - bin.said), 0),
        ...(area === undefined ? {} : { auroc: area }),
        bins: table,
        n,
    };
}
/** Area under the curve by ranks, ties shared (Mann and Whitney 1947). */
function auroc(cases) {
    const sorted = [...cases].sort((a, b) => a.p - b.p);
    const positive = cases.filter(({ so }) => so).length;
    const negative = cases.length - positive;
    if (positive === 0 || negative === 0)
        return undefined;
    let ranks = 0;
    for (let i = 0; i < sorted.length;) {
        let end = i;
        while (end < sorted.length && sorted[end]?.p === sorted[i]?.p)
            end++;
        for (let k = i; k < end; k++)
            if (sorted[k]?.so)
                ranks += (i + 1 + end) / 2;
        i = end;
    }
    return (ranks - (positive * (positive + 1)) / 2) / (positive * negative);
}
//# sourceMappingURL=calibration.js.map