// Verdicts as scores: hallucination by type, CHAIR, heads and tails, and beside every one of them what the texts say at all.
import { proportion } from '../evaluate/wilson.js';
import { CLAIM_TYPES } from './claim.js';
import { sentenceCount, spoken } from './claims.js';
/** Mean of numbers with its 95 % interval (normal). */
export function meanScore(values) {
    const n = values.length;
    if (n === 0)
        return { value: 0, low: 0, high: 0, n };
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    const variance = n > 1 ? values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1) : 0;
    const half = 1.959963984540054 * Math.sqrt(variance / n);
    return { value: mean, low: mean - half, high: mean + half, n };
}
/** Words of a text: runs of letters, and each Chinese character. */
export const wordCount = (text) => text.match(/\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}'’-])+/gu)?.length ?? 0;
const wrong = ({ verdict }) => verdict === 'false';
const decided = ({ verdict }) => verdict === 'true' || verdict === 'false';
/** Existence claims that something is there; "no dog" names an object and claims none. */
const named = ({ claim }) => claim.type === 'existence' && !claim.denied;
/** The counts of one text. */
export function textCounts({ text, verdicts, present }) {
    const mentions = verdicts.filter((v) => named(v) && decided(v));
    const hallucinated = mentions.filter(wrong);
    const ids = new Set(verdicts.filter(named).map(({ claim }) => (claim.type === 'text' ? '' : claim.object)));
    return {
        mentions: mentions.length,
        hallucinated: hallucinated.length,
        sentences: sentenceCount(text),
        wrongSentences: new Set(hallucinated.map(({ claim }) => claim.sentence)).size,
        present: present.length,
        covered: present.filter((id) => ids.has(id)).length,
        words: wordCount(spoken(text)),
    };
}
const about = {
    existence: 'objects that are named and not there',
    attribute: 'attributes of objects that are there',
    relation: 'relations and places of objects that are there',
    count: 'counts of objects that are there',
    text: 'printed words',
};
/**
 * Scores of judged texts. First CHAIR-i, CHAIR-s and coverage, then the share of false claims of each type among those with a verdict, then
 * what every one of them must be read with: share of claims without a verdict, objects and words in a text. Claims about objects that are
 * not there count once, as existence.
 */
export function trustScores(texts, { head } = {}) {
    const counts = texts.map(textCounts);
    const sum = (pick) => counts.reduce((total, c) => total + pick(c), 0);
    const all = texts.flatMap(({ verdicts }) => verdicts);
    const lower = (name, k, n, more = {}) => ({
        name,
        ...proportion(k, n),
        better: 'lower',
        ...more,
    });
    const rate = (name, verdicts, note) => lower(name, verdicts.filter(wrong).length, verdicts.filter(decided).length, { note, detail: true });
    const existence = all.filter(named);
    const objectOf = ({ claim }) => (claim.type === 'text' ? '' : claim.object);
    const mean = (name, values, note) => ({
        name,
        ...meanScore(values),
        better: 'neither',
        detail: true,
        note,
    });
    return [
        lower('CHAIR-i', sum((c) => c.hallucinated), sum((c) => c.mentions), { note: 'made-up objects among all that are named' }),
        lower('CHAIR-s', counts.filter((c) => c.hallucinated > 0).length, counts.length, { note: 'texts with a made-up object' }),
        {
            name: 'coverage',
            ...proportion(sum((c) => c.covered), sum((c) => c.present)),
            better: 'higher',
            note: 'objects there that are named',
        },
        lower('CHAIR-s by sentence', sum((c) => c.wrongSentences), sum((c) => c.sentences), { detail: true, note: 'sentences with a made-up object' }),
        ...CLAIM_TYPES.map((type) => rate(`${type} false`, type === 'existence' ? existence : all.filter(({ claim }) => claim.type === type), about[type])),
        ...(head
            ? [
                rate('existence false, head', existence.filter((v) => head.has(objectOf(v))), 'frequent objects'),
                rate('existence false, tail', existence.filter((v) => !head.has(objectOf(v))), 'all other objects'),
            ]
            : []),
        {
            name: 'undecided',
            ...proportion(all.filter(({ verdict }) => verdict === 'unknown').length, all.length),
            better: 'neither',
            detail: true,
            note: 'claims without a verdict',
        },
        mean('objects', counts.map((c) => c.mentions), 'named in a text'),
        mean('words', counts.map((c) => c.words), 'in a text'),
    ];
}
/** The ids that make up the first half of all occurrences, most frequent first: the head of a distribution. */
export function headOf(occurrences) {
    const counts = new Map();
    let total = 0;
    for (const id of occurrences) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        total++;
    }
    const head = new Set();
    let taken = 0;
    for (const [id, count] of [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
        if (taken * 2 >= total)
            break;
        head.add(id);
        taken += count;
    }
    return head;
}
//# sourceMappingURL=scores.js.map