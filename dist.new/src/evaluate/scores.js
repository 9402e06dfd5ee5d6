// Scores of a benchmark from counts and values of its rows, each with its interval.
import { meanInterval } from './metrics/resample.js';
import { withoutThinking } from './reply.js';
import { proportion } from './wilson.js';
/** A share of `n` with Wilson's interval. */
export const share = (name, k, n, more = {}) => ({
    name,
    ...proportion(k, n),
    better: 'higher',
    ...more,
});
/** The share of rows for which `test` holds. */
export const shareOf = (name, rows, test, more = {}) => share(name, rows.filter(test).length, rows.length, more);
/** A mean of values in 0..1: it varies no more than a proportion does, so Wilson's interval holds it. */
export const meanShare = (name, values, more = {}) => share(name, values.reduce((a, b) => a + b, 0), values.length, more);
/** A mean of values in `range`, with the interval of the normal approximation. */
export const meanScore = (name, values, range, more = {}) => ({
    name,
    ...meanInterval(values, range),
    better: 'higher',
    ...more,
});
/** The share of replies that no parser could read. */
export const unparsed = (rows, test, note = 'replies that commit to no answer') => shareOf('unparsed', rows, test, { better: 'lower', note });
/** The share of replies in which nothing is left to read after the thinking. */
export const unanswered = (rows) => unparsed(rows, ({ reply }) => withoutThinking(reply).trim() === '', 'replies without an answer');
/** Rows by a key, in the order in which the keys come. */
export function groupBy(rows, key) {
    const groups = new Map();
    for (const row of rows) {
        const name = key(row);
        const group = groups.get(name);
        if (group)
            group.push(row);
        else
            groups.set(name, [row]);
    }
    return groups;
}
/** The scores of all rows, then in detail those that `ofPart` gives for each kind where there are several: `accuracy, color`. */
export function withParts(done, scoresOf, ofPart = scoresOf) {
    const parts = groupBy(done, ({ kind }) => kind);
    const own = parts.size < 2
        ? []
        : [...parts].flatMap(([part, rows]) => ofPart(rows).map((score) => ({ ...score, name: `${score.name}, ${part}`, detail: true })));
    return [...scoresOf(done), ...own];
}
//# sourceMappingURL=scores.js.map