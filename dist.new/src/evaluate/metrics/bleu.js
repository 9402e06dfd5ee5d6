// BLEU-1 to BLEU-4 of a corpus (Papineni et al. 2002), with the reference length nearest to each candidate's as in pycocoevalcap.
import { LONGEST, shared } from './ngrams.js';
/** Kept away from zero as the published scorer does. */
const [SMALL, TINY] = [1e-9, 1e-15];
/** The counts of a candidate with its references; an n-gram matches at most as often as it stands in one reference. */
export function bleuCounts(index, candidate, references) {
    const most = new Int32Array(candidate.ids.length);
    for (const reference of references)
        shared(candidate, reference, (i, j) => {
            most[i] = Math.max(most[i], reference.counts[j]);
        });
    const matches = new Array(LONGEST).fill(0);
    for (let i = 0; i < most.length; i++) {
        const n = index.order(candidate.ids[i]) - 1;
        matches[n] = matches[n] + Math.min(most[i], candidate.counts[i]);
    }
    const { length } = candidate;
    // Of two equally near lengths the shorter counts.
    const nearest = references
        .map((reference) => reference.length)
        .reduce((best, other) => {
        const [d, e] = [Math.abs(best - length), Math.abs(other - length)];
        return e < d || (e === d && other < best) ? other : best;
    });
    return [length, nearest, ...matches.map((_, n) => Math.max(0, length - n)), ...matches];
}
/** BLEU-1 to BLEU-4 of summed counts. */
export function bleuOf([length, nearest, ...counts]) {
    const ratio = (length + TINY) / (nearest + SMALL);
    const penalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
    let product = 1;
    return Array.from({ length: LONGEST }, (_, n) => {
        product *= (counts[LONGEST + n] + TINY) / (counts[n] + SMALL);
        return product ** (1 / (n + 1)) * penalty;
    });
}
//# sourceMappingURL=bleu.js.map