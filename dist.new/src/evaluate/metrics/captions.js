// The metrics of captions together: tokenized once, n-grams numbered once, with an interval for each score.
import { bleuCounts, bleuOf } from './bleu.js';
import { captionTokens } from './caption-tokens.js';
import { ciderD } from './cider.js';
import { meteorCounts, meteorOf } from './meteor.js';
import { NgramIndex } from './ngrams.js';
import { bootstrap, meanInterval } from './resample.js';
import { rougeL } from './rouge.js';
/** Captions and references in numbered n-grams, with their words. */
function indexed(pairs) {
    const index = new NgramIndex();
    const tokens = pairs.map(({ caption, references }) => ({ own: captionTokens(caption), others: references.map(captionTokens) }));
    const references = tokens.map(({ others }) => others.map((words) => index.of(words)));
    return { index, tokens, references, candidates: tokens.map(({ own }) => index.of(own)) };
}
/** CIDEr-D of every caption alone, weighed by the references of all. */
export function captionCider(pairs) {
    const { index, candidates, references } = indexed(pairs);
    return ciderD(index, candidates, references);
}
/** The counts of every caption. CIDEr-D weighs n-grams by all images given, so those that are scored together belong in one call. */
export function captionCounts(pairs, synonyms) {
    const { index, tokens, references, candidates } = indexed(pairs);
    const cider = ciderD(index, candidates, references);
    return tokens.map(({ own, others }, i) => ({
        bleu: bleuCounts(index, candidates[i], references[i]),
        meteor: meteorCounts(own, others, synonyms),
        rougeL: rougeL(own, others),
        cider: cider[i],
    }));
}
/** The scores of some captions from their counts. */
export function captionScores(counts) {
    const [meteor] = bootstrap(counts.map((own) => own.meteor), (sums) => [meteorOf(sums)]);
    return {
        bleu: bootstrap(counts.map((own) => own.bleu), bleuOf),
        meteor: meteor,
        rougeL: meanInterval(counts.map((own) => own.rougeL)),
        cider: meanInterval(counts.map((own) => own.cider), [0, 10]),
    };
}
//# sourceMappingURL=captions.js.map