// CIDEr-D: cosine of tf-idf weighted n-grams, clipped and with a penalty for length (Vedantam et al. 2015).
import { LONGEST, shared } from './ngrams.js';
/** Width of the Gaussian over the difference of lengths. */
const SIGMA = 6;
/** In how many images each n-gram stands in some reference. */
function documentFrequency(index, references) {
    const frequency = new Int32Array(index.size);
    const last = new Int32Array(index.size).fill(-1);
    for (const [image, own] of references.entries())
        for (const { ids } of own)
            for (const id of ids)
                if (last[id] !== image) {
                    last[id] = image;
                    frequency[id] = frequency[id] + 1;
                }
    return frequency;
}
/**
 * CIDEr-D of each candidate, 0 to 10. Document frequencies are those of the references given, so a value depends on which images are scored
 * together. `lengths` in the penalty are numbers of bigrams, as in the published scorer.
 */
export function ciderD(index, candidates, references) {
    const all = Math.log(references.length);
    const idf = Float64Array.from(documentFrequency(index, references), (df) => all - Math.log(Math.max(1, df)));
    const weight = ({ ids, counts }, i) => counts[i] * idf[ids[i]];
    const norms = (text) => {
        const out = new Float64Array(LONGEST);
        for (let i = 0; i < text.ids.length; i++) {
            const n = index.order(text.ids[i]) - 1;
            out[n] = out[n] + weight(text, i) ** 2;
        }
        return out.map(Math.sqrt);
    };
    const bigrams = ({ length }) => Math.max(0, length - 1);
    return candidates.map((candidate, image) => {
        const own = norms(candidate);
        const against = references[image];
        let sum = 0;
        for (const reference of against) {
            const dots = new Float64Array(LONGEST);
            shared(candidate, reference, (i, j) => {
                const n = index.order(candidate.ids[i]) - 1;
                const there = weight(reference, j);
                dots[n] = dots[n] + Math.min(weight(candidate, i), there) * there;
            });
            const other = norms(reference);
            const difference = bigrams(candidate) - bigrams(reference);
            const penalty = Math.exp(-(difference ** 2) / (2 * SIGMA ** 2));
            for (let n = 0; n < LONGEST; n++) {
                const scale = own[n] * other[n];
                if (scale > 0)
                    sum += (dots[n] / scale) * penalty;
            }
        }
        return (10 * sum) / LONGEST / against.length;
    });
}
//# sourceMappingURL=cider.js.map