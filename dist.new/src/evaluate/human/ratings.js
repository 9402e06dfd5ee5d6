// Ratings of people as scores: each model by itself, models against each other row by row, and how far the raters agree.
import { cohenKappa } from '../metrics/kappa.js';
import { krippendorffAlpha } from '../metrics/krippendorff.js';
import { pairedDifference } from '../metrics/paired.js';
import { meanInterval } from '../metrics/resample.js';
import { groupBy, shareOf } from '../scores.js';
import { proportion } from '../wilson.js';
/** The scores. A row that several people rated counts once, with their mean; the intervals are over rows. */
export function humanScores({ scale, raters, ratings, faults }) {
    const models = [...new Set(ratings.map(({ model }) => model))].sort();
    const values = scale.levels.map(({ value }) => value);
    const range = [Math.min(...values), Math.max(...values)];
    const means = new Map(models.map((model) => [model, rowMeans(ratings.filter((rating) => rating.model === model))]));
    const scoresOf = (model) => {
        const own = ratings.filter((rating) => rating.model === model);
        const rows = [...(means.get(model)?.values() ?? [])];
        return [
            shareOf(scale.goodName, rows, (value) => value >= scale.good, { note: 'of the rows, by the mean of their raters' }),
            ...(scale.measurement === 'nominal'
                ? []
                : [{ name: 'mean', ...meanInterval(rows, range), better: 'higher', note: `${range[0]} to ${range[1]}` }]),
            ...scale.levels.map(({ mark, value }) => shareOf(`rated ${mark}`, own, (rating) => rating.value === value, { detail: true, better: 'neither', note: 'of the ratings' })),
        ];
    };
    const counts = {};
    for (const { kind } of faults)
        counts[kind] = (counts[kind] ?? 0) + 1;
    return {
        scale: scale.name,
        raters,
        models: Object.fromEntries(models.map((model) => [model, scoresOf(model)])),
        pairs: models.flatMap((a, i) => models.slice(i + 1).map((b) => pairOf(a, b, means.get(a), means.get(b)))),
        agreement: agreement(ratings, raters, scale),
        faults: counts,
    };
}
/** The mean rating of each row. */
function rowMeans(ratings) {
    return new Map([...groupBy(ratings, ({ row }) => row)].map(([row, own]) => [row, own.reduce((sum, { value }) => sum + value, 0) / own.length]));
}
function pairOf(a, b, first, second) {
    const rows = [...first.keys()].filter((row) => second.has(row));
    const [x, y] = [rows.map((row) => first.get(row)), rows.map((row) => second.get(row))];
    const better = x.filter((value, i) => value > y[i]).length;
    const worse = x.filter((value, i) => value < y[i]).length;
    return {
        a,
        b,
        better,
        worse,
        equal: rows.length - better - worse,
        wins: proportion(better, better + worse),
        difference: pairedDifference(x, y),
    };
}
function agreement(ratings, raters, scale) {
    const replyOf = ({ row, model }) => JSON.stringify([row, model]);
    const byReply = [...groupBy(ratings, replyOf).values()];
    const alpha = krippendorffAlpha(byReply.map((own) => own.map(({ value }) => value)), scale.measurement);
    const out = [{ name: 'alpha', ...alpha, better: 'higher', note: `Krippendorff, ${scale.measurement}, all raters` }];
    const categories = scale.levels.map(({ value }) => value).sort((p, q) => p - q);
    for (const [i, a] of raters.entries())
        for (const b of raters.slice(i + 1)) {
            const both = byReply.flatMap((own) => {
                const [x, y] = [own.find(({ rater }) => rater === a), own.find(({ rater }) => rater === b)];
                return x && y ? [[x.value, y.value]] : [];
            });
            const kappa = cohenKappa(both.map(([x]) => x), both.map(([, y]) => y), { categories, weights: scale.measurement === 'nominal' ? 'none' : 'quadratic' });
            out.push({ name: `kappa, ${a} and ${b}`, ...kappa, better: 'higher', detail: true });
        }
    return out;
}
//# sourceMappingURL=ratings.js.map