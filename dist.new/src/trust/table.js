// The table of the bench as cells: a column for each method, scores with their 95 % intervals; for the terminal and for the page.
import { overSeeds, SEED_METRICS } from './seeds.js';
const share = (value) => value.toFixed(3);
const shown = (score) => score && score.n > 0 ? `${share(score.value)} ${share(score.low)}-${share(score.high)}` : '';
/** The rows of one run; the first has the names of the methods. */
export function trustCells({ rows, coverage, n, left = [] }) {
    const names = rows[0]?.scores.filter((score) => rows.some((row) => (row.scores.find(({ name }) => name === score.name)?.n ?? 0) > 0)) ?? [];
    const line = (head, pick) => [head, ...rows.map(pick)];
    return [
        line('', ({ method }) => method),
        line(`CHAIR-i at coverage ${share(coverage)}`, ({ equal }) => `${share(equal.chair)} ${share(equal.low)}-${share(equal.high)}`),
        line('  change from base', ({ equal, method }) => method === 'base' ? '' : `${share(equal.change)} ${share(equal.changeLow)}..${share(equal.changeHigh)}`),
        ...(rows.some(({ pair }) => pair)
            ? [
                line('base and method at coverage', ({ pair }) => (pair ? share(pair.coverage) : '')),
                line('  CHAIR-i of both', ({ pair }) => (pair ? `${share(pair.base.chair)} ${share(pair.own.chair)}` : '')),
                line('  change', ({ pair }) => pair ? `${share(pair.own.change)} ${share(pair.own.changeLow)}..${share(pair.own.changeHigh)}` : ''),
            ]
            : []),
        ...names.map(({ name }) => line(name, (row) => shown(row.scores.find((score) => score.name === name)))),
        line('POPE F1, adversarial', ({ pope }) => (pope ? `${share(pope.f1)} ${share(pope.f1Interval[0])}-${share(pope.f1Interval[1])}` : '')),
        line('AUROC of the flag', ({ auroc }) => (auroc === undefined ? '' : share(auroc))),
        line('forward passes', ({ passes }) => passes.toFixed(1)),
        line('milliseconds', ({ milliseconds }) => milliseconds.toFixed(0)),
        ['images', String(n)],
        ...(left.length > 0 ? [['not scored', String(left.length)]] : []),
    ];
}
/** Means over seeds with Student's 95 % intervals; of the changes from the base also how often they fell. */
export function seedCells(runs) {
    const scores = overSeeds(runs);
    const methods = [...new Set(scores.map(({ setting }) => setting))];
    const metrics = [...new Set(scores.map(({ metric }) => metric))];
    const find = (metric, method) => scores.find((score) => score.metric === metric && score.setting === method);
    const number = (metric, value) => metric === SEED_METRICS.passes ? value.toFixed(1) : metric === SEED_METRICS.milliseconds ? value.toFixed(0) : share(value);
    const cell = (metric, score) => {
        if (!score)
            return '';
        const [low, high] = [score.low, score.high].map((v) => (v === undefined ? undefined : number(metric, v)));
        return `${number(metric, score.mean)}${low === undefined ? '' : ` ${low}..${high}`}`;
    };
    const fell = (metric) => [
        '  seeds where it fell',
        ...methods.map((method) => {
            const score = find(metric, method);
            return score ? `${score.values.filter((v) => v < 0).length} of ${score.n}` : '';
        }),
    ];
    const changes = [SEED_METRICS.change, SEED_METRICS.pair];
    return [
        ['', ...methods],
        ...metrics.flatMap((metric) => [
            [metric, ...methods.map((method) => cell(metric, find(metric, method)))],
            ...(changes.includes(metric) ? [fell(metric)] : []),
        ]),
        ['seeds', runs.map(({ seed }) => seed).join(', ')],
        ['images of each', runs.map(({ n }) => n).join(', ')],
    ];
}
//# sourceMappingURL=table.js.map