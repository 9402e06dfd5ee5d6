// METEOR (Denkowski and Lavie 2014): words aligned by form, stem and sense; recall weighs more than precision, broken order is penalized.
import { stemmer } from 'stemmer';
/** Parameters that METEOR 1.5 was tuned to for English: of the mean, of the penalty, of content words, and of the three kinds of match. */
export const METEOR_PARAMETERS = { alpha: 0.85, beta: 0.2, gamma: 0.6, delta: 0.75, weights: [1, 0.6, 0.8] };
// Words that count less than others. METEOR has a list of its own, of words that are frequent in news.
const functionWords = new Set(('a an the this that these those some any each every no all both it its he she they we you i him her them us me his their our your my who which what ' +
    'be is are was were been being am do does did has have had having will would can could may might must should of in on at to from by with for as into ' +
    'onto over under up out off about after before between through during and or but if than so not there here when where while also s t').split(' '));
/** Words of a text that are compared, alignments that are kept at each word, and places that a word is tried at. */
const [COMPARED, BEAM, PLACES] = [500, 40, 10];
const stems = new Map();
function stemOf(word) {
    let stem = stems.get(word);
    if (stem === undefined) {
        if (stems.size >= 2 ** 18)
            stems.clear();
        stem = stemmer(word);
        stems.set(word, stem);
    }
    return stem;
}
const nothing = { i: -2, j: -2, kind: 0, before: undefined, matches: 0, chunks: 0, distance: 0 };
/** More matched words, then fewer chunks, then words nearer to their places. */
const byQuality = (a, b) => b.matches - a.matches || a.chunks - b.chunks || a.distance - b.distance;
function holds(alignment, j) {
    for (let at = alignment; at?.before; at = at.before)
        if (at.j === j)
            return true;
    return false;
}
/** The best one-to-one alignment of two texts found with a beam. */
function align(a, b, synonyms) {
    const stemsB = b.map(stemOf);
    const wanted = new Int32Array(b.length);
    const options = a.map((word) => {
        const stem = stemOf(word);
        const found = [];
        for (let j = 0; j < b.length; j++) {
            const kind = word === b[j] ? 0 : stem === stemsB[j] ? 1 : synonyms?.(word, b[j]) ? 2 : -1;
            if (kind < 0)
                continue;
            found.push({ j, kind });
            wanted[j] = wanted[j] + 1;
        }
        return found;
    });
    let beam = [nothing];
    for (const [i, found] of options.entries()) {
        if (found.length === 0)
            continue;
        // Of very many places, those nearest by and the one behind the last pair.
        const near = found.length > PLACES ? [...found].sort((x, y) => Math.abs(x.j - i) - Math.abs(y.j - i)).slice(0, PLACES) : found;
        // A word that nothing else can be matched with takes it; else it may have to be left for another.
        const free = found.length === 1 && wanted[found[0].j] === 1;
        const next = free ? [] : [...beam];
        for (const before of beam) {
            const following = near === found ? undefined : found.find(({ j }) => j === before.j + 1);
            for (const { j, kind } of following && !near.includes(following) ? [...near, following] : near) {
                if (!free && holds(before, j))
                    continue;
                const joined = before.i === i - 1 && before.j === j - 1;
                next.push({
                    i,
                    j,
                    kind,
                    before,
                    matches: before.matches + 1,
                    chunks: before.chunks + (joined ? 0 : 1),
                    distance: before.distance + Math.abs(i - j),
                });
            }
        }
        beam = next.length > BEAM ? next.sort(byQuality).slice(0, BEAM) : next;
    }
    return beam.reduce((best, other) => (byQuality(other, best) < 0 ? other : best));
}
/** METEOR of summed counts. */
export function meteorOf([chunks, matches, candidate, candidateLength, candidateWords, reference, referenceLength, referenceWords], { alpha, beta, gamma } = METEOR_PARAMETERS) {
    if (!matches || !candidate || !reference)
        return 0;
    const precision = candidate / candidateLength;
    const recall = reference / referenceLength;
    const mean = (precision * recall) / (alpha * precision + (1 - alpha) * recall);
    const broken = chunks === 1 && matches === candidateWords && matches === referenceWords ? 0 : chunks / matches;
    return mean * (1 - gamma * broken ** beta);
}
/** Words as METEOR cuts them once more: "'s" is "'" and "s", "n't" is "n" and "'t", other marks stand alone. */
function cut(tokens) {
    return tokens.slice(0, COMPARED).flatMap((token) => /^[\p{L}\p{N}]+$/u.test(token)
        ? token
        : token
            .replace(/[^\p{L}\p{M}\p{N}.'`,-]/gu, ' $& ')
            .replace(/(?<=\p{L})'(?=\p{L})/gu, " '")
            .replace(/(?<!\p{L} ?)'(?=\p{L})/gu, "' ")
            .split(' ')
            .filter(Boolean));
}
/** The counts of a candidate with the reference that gives it the most. */
export function meteorCounts(candidate, references, synonyms, parameters = METEOR_PARAMETERS) {
    const { delta, weights } = parameters;
    const weight = (word) => (functionWords.has(word) ? 1 - delta : delta);
    const length = (words) => words.reduce((sum, word) => sum + weight(word), 0);
    const a = cut(candidate);
    const ownLength = length(a);
    let best;
    let top = -1;
    for (const reference of references) {
        const b = cut(reference);
        const found = align(a, b, synonyms);
        let [own, other] = [0, 0];
        for (let at = found; at?.before; at = at.before) {
            own += weights[at.kind] * weight(a[at.i]);
            other += weights[at.kind] * weight(b[at.j]);
        }
        const { matches, chunks } = found;
        const counts = [chunks, matches, own, ownLength, a.length, other, length(b), b.length];
        const score = meteorOf(counts, parameters);
        if (score > top)
            [top, best] = [score, counts];
    }
    return best ?? [0, 0, 0, ownLength, a.length, 0, 0, 0];
}
//# sourceMappingURL=meteor.js.map