// Agreement of CHAIR with the output of its published script, caption by caption, every difference with its kind.
import { Vocabulary } from '../evaluate/mentions.js';
import { proportion } from '../evaluate/wilson.js';
import { officialScores } from './chair-official.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
const sorted = (items) => [...new Set(items)].sort().join('|');
/** The items of `a` that `b` has not, repeats counted. */
export function surplus(a, b) {
    const left = [...b];
    return a.filter((item) => {
        const at = left.indexOf(item);
        if (at >= 0)
            left.splice(at, 1);
        return at < 0;
    });
}
/** Compares each row with what `OfficialChair` reads in its caption. */
export function chairAgreement(gold, chair) {
    const sum = { sets: 0, mentions: 0, words: 0, s: [0, 0], i: [0, 0], named: [0, 0] };
    const differing = [];
    for (const row of gold) {
        const found = chair.read(row.caption);
        const scores = officialScores(found.mentioned, row.truth);
        const same = found.mentioned.join('|') === row.mentioned.join('|');
        const at = row.words?.findIndex((word, i) => word !== found.words[i]) ?? -1;
        if (sorted(scores.hallucinated) === sorted(row.hallucinated))
            sum.sets++;
        if (same)
            sum.mentions++;
        if (row.words && at < 0 && row.words.length === found.words.length)
            sum.words++;
        for (const [k, r] of [row, scores].entries()) {
            sum.s[k] = sum.s[k] + (r.hallucinated.length > 0 ? 1 : 0);
            sum.i[k] = sum.i[k] + r.hallucinated.length;
            sum.named[k] = sum.named[k] + r.mentioned.length;
        }
        if (same)
            continue;
        const pair = at >= 0 ? [row.words?.[at], found.words[at] ?? ''] : undefined;
        differing.push({
            image: String(row.image_id),
            kind: !pair ? 'objects' : pair[0].startsWith(pair[1].slice(0, 2)) && row.words?.length === found.words.length ? 'singular' : 'words',
            missing: surplus(row.mentioned, found.mentioned),
            extra: surplus(found.mentioned, row.mentioned),
            ...(pair ? { at: pair } : {}),
        });
    }
    const share = (k) => (sum.named[k] ? sum.i[k] / sum.named[k] : 0);
    const rows = gold.length;
    return {
        rows,
        sets: sum.sets,
        mentions: sum.mentions,
        ...(gold.some((row) => row.words) ? { words: sum.words } : {}),
        CHAIRs: [sum.s[0] / Math.max(1, rows), sum.s[1] / Math.max(1, rows)],
        CHAIRi: [share(0), share(1)],
        differing,
    };
}
/** Compares the mentions of our own vocabulary with the script's, object by object. */
export function ownTableAgreement(gold) {
    const vocabulary = new Vocabulary(cocoObjects, cocoOther);
    const sum = { both: 0, official: 0, own: 0, s: 0, i: 0, named: 0 };
    const byObject = new Map();
    const count = (object, side) => {
        const row = byObject.get(object) ?? { object, official: 0, own: 0 };
        row[side]++;
        byObject.set(object, row);
        sum[side]++;
    };
    for (const row of gold) {
        const found = vocabulary.mentions(row.caption).map(({ id }) => id);
        const missing = surplus(row.mentioned, found);
        for (const object of missing)
            count(object, 'official');
        for (const object of surplus(found, row.mentioned))
            count(object, 'own');
        sum.both += row.mentioned.length - missing.length;
        const wrong = officialScores(found, row.truth).hallucinated.length;
        sum.s += wrong > 0 ? 1 : 0;
        sum.i += wrong;
        sum.named += found.length;
    }
    return {
        both: sum.both,
        official: sum.official,
        own: sum.own,
        precision: proportion(sum.both, sum.both + sum.own),
        recall: proportion(sum.both, sum.both + sum.official),
        CHAIRs: sum.s / Math.max(1, gold.length),
        CHAIRi: sum.named ? sum.i / sum.named : 0,
        objects: [...byObject.values()].sort((a, b) => b.official + b.own - a.official - a.own),
    };
}
//# sourceMappingURL=chair-conformance.js.map