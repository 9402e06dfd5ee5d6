// AMBER (Wang et al. 2023): the generative and the discriminative scores, as the paper writes them and as its script computes them.
import { proportion } from '../evaluate/wilson.js';
import { parseRobust } from '../evaluate/yes-no.js';
import { SensoriumError } from '../util/errors.js';
/**
 * One response. `nouns`: its nouns in the singular. Words outside the association table are dropped; safe words stay and are never wrong.
 * The script also takes words for equal whose spaCy vectors are near (similarity over 0.8): give `similar` for that, or leave it out, as
 * the table of associations alone does.
 */
export function amberResponse(nouns, annotation, { association, safe }, similar = () => false) {
    const vocabulary = vocabularyOf(association);
    const objects = nouns.filter((noun) => vocabulary.has(noun));
    // Associated words go before the targets themselves, as in the script.
    const meant = (targets, noun) => targets.find((target) => association[target]?.includes(noun)) ?? targets.find((target) => target === noun);
    const near = (target, noun) => similar(noun, target) || (association[target]?.some((word) => similar(noun, word)) ?? false);
    const covered = new Set();
    const hit = new Set();
    let wrong = 0;
    for (const noun of objects) {
        if (safe.has(noun))
            continue;
        const exact = meant(annotation.truth, noun);
        if (exact !== undefined) {
            covered.add(exact);
            continue;
        }
        for (const target of [meant(annotation.hallu, noun), annotation.hallu.find((word) => near(word, noun))])
            if (target !== undefined)
                hit.add(target);
        const alike = annotation.truth.find((word) => near(word, noun));
        if (alike !== undefined)
            covered.add(alike);
        else
            wrong++;
    }
    return {
        named: objects.length,
        wrong,
        truth: annotation.truth.length,
        covered: covered.size,
        targets: annotation.hallu.length,
        hit: hit.size,
    };
}
const vocabularies = new WeakMap();
function vocabularyOf(association) {
    let found = vocabularies.get(association);
    if (!found) {
        found = new Set(Object.entries(association).flatMap(([word, others]) => [word, ...others]));
        vocabularies.set(association, found);
    }
    return found;
}
/**
 * `official`: sums over all responses, and Cog over the number of targets. `paper`: means over the responses, and Cog over the objects that
 * a response names. Shares, not percent; a response that names nothing has CHAIR and Cog 0.
 */
export function amberGenerative(counted) {
    const sum = (pick) => counted.reduce((total, c) => total + pick(c), 0);
    const ratio = (a, b) => (b === 0 ? 0 : a / b);
    const n = counted.length;
    const hal = ratio(counted.filter((c) => c.wrong > 0).length, n);
    const mean = (pick) => ratio(sum(pick), n);
    return {
        official: {
            chair: ratio(sum((c) => c.wrong), sum((c) => c.named)),
            cover: ratio(sum((c) => c.covered), sum((c) => c.truth)),
            hal,
            cog: ratio(sum((c) => c.hit), sum((c) => c.targets)),
            n,
        },
        paper: {
            chair: mean((c) => ratio(c.wrong, c.named)),
            cover: mean((c) => ratio(c.covered, c.truth)),
            hal,
            cog: mean((c) => ratio(c.hit, c.named)),
            n,
        },
    };
}
/** Only the exact replies "Yes" and "No" count for the script. */
export const amberOfficialAnswer = (response) => (response === 'Yes' ? 'yes' : response === 'No' ? 'no' : 'unknown');
/** The four scores as shares; a ratio over nothing is 0 (the script divides by zero). */
export function amberDiscriminative(answers) {
    const right = answers.filter(({ truth, answer }) => truth === answer).length;
    const no = answers.filter(({ answer }) => answer === 'no').length;
    const trueNo = answers.filter(({ truth }) => truth === 'no').length;
    const rightNo = answers.filter(({ truth, answer }) => truth === 'no' && answer === 'no').length;
    const ratio = (a, b) => (b === 0 ? 0 : a / b);
    return {
        accuracy: ratio(right, answers.length),
        precision: ratio(rightNo, no),
        recall: ratio(rightNo, trueNo),
        f1: ratio(2 * rightNo, no + trueNo),
        n: answers.length,
        counts: { right, no, rightNo, trueNo },
    };
}
/** Python's round to one digit: halves go to the even one, as far as binary fractions have halves. */
function tenth(value) {
    const scaled = value * 10;
    const floor = Math.floor(scaled);
    if (Math.abs(scaled - floor - 0.5) < 1e-9)
        return (floor % 2 === 0 ? floor : floor + 1) / 10;
    return Math.round(scaled) / 10;
}
/** The four numbers that the script prints, in percent: F1 of rounded precision and recall, with a small term below its line. */
export function amberPrinted(scores, dimension = 'all') {
    const [precision, recall] = [tenth(100 * scores.precision), tenth(100 * scores.recall)];
    const term = dimension === 'existence' ? 0.001 : 0.0001;
    const [p, r] = [precision / 100, recall / 100];
    return { accuracy: tenth(100 * scores.accuracy), precision, recall, f1: tenth((2 * p * r * 100) / (p + r + term)) };
}
/** AMBER Score of the paper: the mean of 100 - CHAIR and F1, both in percent. */
export const amberScore = (chair, f1) => (100 - 100 * chair + 100 * f1) / 2;
/** The dimension of a question by its `type`. */
export function amberDimension(type) {
    if (type === 'discriminative-hallucination')
        return 'existence';
    if (type.startsWith('discriminative-attribute'))
        return 'attribute';
    if (type.startsWith('discriminative-relation') || type.startsWith('relation'))
        return 'relation';
    throw new SensoriumError('trust.amber', 'AMBER has no questions of this type', {
        place: 'type',
        expected: 'generative, discriminative-hallucination, discriminative-attribute-…, discriminative-relation or relation',
        got: type,
    });
}
/**
 * Scores of answers to AMBER's questions, by dimension. All its existence questions are answered by no, so beside existence stand the
 * same questions balanced: `present` has answers to as many questions about objects that are there, which the caller makes from the
 * annotations of the same images. Beside everything stands what always answering "no" gives.
 */
export function amberScoreList(answers, present = []) {
    const groups = [
        ['all', answers],
        ...['existence', 'attribute', 'relation'].map((dimension) => [
            dimension,
            answers.filter(({ type }) => amberDimension(type) === dimension),
        ]),
    ];
    const existence = groups[1]?.[1] ?? [];
    if (present.length)
        groups.push(['existence, balanced', [...existence, ...present]]);
    return groups.flatMap(([name, own]) => {
        const s = amberDiscriminative(own);
        const { right, no, rightNo, trueNo } = s.counts;
        const jaccard = proportion(rightNo, no + trueNo - rightNo);
        const f = (j) => (2 * j) / (1 + j);
        return [
            {
                name: `F1, ${name}`,
                value: s.f1,
                low: f(jaccard.low),
                high: f(jaccard.high),
                n: s.n,
                better: 'higher',
                note: '"no" is positive',
            },
            { name: `accuracy, ${name}`, ...proportion(right, s.n), better: 'higher' },
            { name: `accuracy of always no, ${name}`, ...proportion(trueNo, s.n), better: 'neither', detail: true },
            {
                name: `unreadable, ${name}`,
                ...proportion(own.filter(({ answer }) => answer === 'unknown').length, s.n),
                better: 'lower',
                detail: true,
            },
        ];
    });
}
/** Pairs responses with their questions; each must be answered once. Errors: `trust.amber` with the ids. */
export function amberAnswers(annotations, responses, parser = 'robust') {
    const given = new Map();
    for (const { id, response } of responses) {
        if (given.has(id))
            throw new SensoriumError('trust.amber', 'a question has two responses', { place: `id ${id}` });
        given.set(id, response);
    }
    const questions = annotations.filter((row) => row.type !== 'generative');
    const missing = questions.filter(({ id }) => !given.has(id)).map(({ id }) => id);
    if (missing.length === questions.length && questions.length > 0)
        throw new SensoriumError('trust.amber', 'no question has a response', {
            expected: `ids such as ${missing[0]}`,
            got: `${responses.length} responses`,
        });
    return questions
        .filter(({ id }) => given.has(id))
        .map(({ id, type, truth }) => {
        const response = given.get(id);
        return { type, truth, answer: parser === 'official' ? amberOfficialAnswer(response) : parseRobust(response) };
    });
}
//# sourceMappingURL=amber.js.map