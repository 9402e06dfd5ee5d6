// How right corrections are, beside labels of people: of what is called false, how much is; of what is false, how much is called so.
import { bootstrap } from '../evaluate/metrics/resample.js';
import { proportion } from '../evaluate/wilson.js';
import { SensoriumError } from '../util/errors.js';
import { CLAIM_TYPES } from './claim.js';
/** The interval of a share of n; a bootstrap of what is all or nothing has no width, and Wilson's is taken. */
function firm({ value, low, high }, k, n) {
    return k === 0 || k === n ? proportion(k, n) : { value, low, high, n };
}
/** The scores of all claims and by type. Errors: `trust.truth` where labels and verdicts differ in number. */
export function correctionScores(texts) {
    for (const { image, verdicts, labels } of texts)
        if (verdicts.length !== labels.length)
            throw new SensoriumError('trust.truth', 'a text does not have a label for each claim', {
                place: image,
                expected: `${verdicts.length} labels: ${verdicts.map(({ claim }) => `${claim.type} "${claim.text}"`).join(', ')}`,
                got: String(labels.length),
            });
    const of = (types) => {
        const images = new Map();
        for (const { image, verdicts, labels } of texts) {
            const row = images.get(image) ?? [0, 0, 0, 0, 0];
            for (const [i, { claim, verdict }] of verdicts.entries()) {
                const label = labels[i];
                if (label === 'skip' || !types.includes(claim.type))
                    continue;
                const called = verdict === 'false';
                if (label === 'false')
                    row[0]++;
                else
                    row[3]++;
                if (called)
                    row[1]++;
                if (called && label === 'false')
                    row[2]++;
                if (verdict === 'true' || called)
                    row[4]++;
            }
            images.set(image, row);
        }
        const rows = images.size > 0 ? [...images.values()] : [[0, 0, 0, 0, 0]];
        const sum = (k) => rows.reduce((total, row) => total + row[k], 0);
        const share = (a, b) => (b === 0 ? 0 : a / b);
        const scores = bootstrap(rows, ([wrong, called, right, good, decided]) => [
            share(right, called),
            share(right, wrong),
            share(good - called + right, good),
            share(decided, wrong + good),
        ]);
        const [precision, recall, kept, known] = scores;
        const counts = { false: sum(0), called: sum(1), right: sum(2), true: sum(3) };
        const { called, right } = counts;
        const good = counts.true;
        return {
            precision: firm(precision, right, called),
            recall: firm(recall, right, counts.false),
            kept: firm(kept, good - called + right, good),
            decided: firm(known, sum(4), counts.false + good),
            counts,
        };
    };
    const seen = CLAIM_TYPES.filter((type) => texts.some(({ verdicts }) => verdicts.some(({ claim }) => claim.type === type)));
    return { all: of(CLAIM_TYPES), byType: Object.fromEntries(seen.map((type) => [type, of([type])])) };
}
//# sourceMappingURL=correction-scores.js.map