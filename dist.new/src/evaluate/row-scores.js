// The contribution of each row to the scores of its benchmark, for logs of samples and paired tests: found by scoring rows and groups alone.
import { groupBy } from './scores.js';
const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
const meanOf = (scores) => scores.reduce((sum, { value, n }) => sum + value * n, 0) / scores.reduce((sum, { n }) => sum + n, 0);
/**
 * The scores of every row by name: those that are means over rows, weighted by `n` (accuracy, CHAIR-i, recall), and those of `rowValues`.
 * What is scored by groups stands at the first row of each group: means over groups (both questions about an image right), and sums over
 * kinds of such means (MME's perception). F1, BLEU and METEOR are left out, because their value is none of these.
 */
export function rowScores(benchmark, done) {
    const alone = (at, rows) => ({
        at,
        kind: rows[0].kind,
        scores: new Map(benchmark
            .score(rows)
            .filter(({ n, value }) => n > 0 && Number.isFinite(value))
            .map(({ name, value, n }) => [name, { value, n }])),
    });
    const total = new Map(benchmark.score(done).map(({ name, value }) => [name, value]));
    const own = done.map((row, i) => alone(i, [row]));
    const scores = done.map(() => new Map());
    const grouped = groupsOf(done);
    const units = grouped.map((at) => alone(at[0], at.map((i) => done[i])));
    const byGroup = namesByGroup(grouped, units, own);
    for (const [name, value] of total) {
        const among = (byGroup.has(name) ? units : own).filter((unit) => unit.scores.has(name));
        const values = among.map((unit) => unit.scores.get(name));
        if (among.length === 0)
            continue;
        const mean = same(meanOf(values), value);
        if (!mean && !(byGroup.has(name) && same(sumOfMeans(name, among), value)))
            continue;
        for (const [i, { at, kind }] of among.entries())
            scores[at]?.set(name, mean ? values[i] : { ...values[i], stratum: kind });
    }
    for (const [name, values] of Object.entries(benchmark.rowValues?.(done) ?? {}))
        for (const [i, value] of values.entries())
            if (value !== undefined)
                scores[i]?.set(name, { value, n: 1, corpus: true });
            else
                scores[i]?.delete(name);
    return scores;
}
/** The places of the rows that are scored together, where some are. */
function groupsOf(done) {
    if (done.every(({ group }) => group === undefined))
        return [];
    const places = done.map(({ kind, group }, at) => ({ at, key: JSON.stringify(group === undefined ? at : [kind, group]) }));
    return [...groupBy(places, ({ key }) => key).values()].map((own) => own.map(({ at }) => at));
}
/** The scores that count a group as less than its rows. */
function namesByGroup(grouped, units, own) {
    const n = (unit, name) => unit?.scores.get(name)?.n ?? 0;
    return new Set(units.flatMap((unit, i) => [...unit.scores.keys()].filter((name) => n(unit, name) < grouped[i].reduce((sum, at) => sum + n(own[at], name), 0))));
}
const sumOfMeans = (name, units) => [...groupBy(units, ({ kind }) => kind).values()].reduce((sum, stratum) => sum + meanOf(stratum.map((unit) => unit.scores.get(name))), 0);
/** Whether nothing could be read from a reply, by the benchmark's own score of that name. */
export const isUnparsed = (scores) => [...scores].some(([name, { value }]) => value === 1 && /^(?:unparsed|unreadable)(?:,|$)/.test(name));
//# sourceMappingURL=row-scores.js.map