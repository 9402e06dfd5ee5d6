// ROUGE-L: the longest common subsequence of words with the best of several references (Lin 2004), as in pycocoevalcap.
import { commonLength } from '../../util/common-subsequence.js';
/** Weight of recall over precision. */
const BETA = 1.2;
/** Words of a text that are compared: captions are shorter, and the work is bounded. */
const COMPARED = 2000;
/** F of the best precision and the best recall over the references; 0 where either is 0. */
export function rougeL(candidate, references) {
    const own = candidate.slice(0, COMPARED);
    let [precision, recall] = [0, 0];
    for (const reference of references) {
        const other = reference.slice(0, COMPARED);
        const common = commonLength(own, other);
        if (common === 0)
            continue;
        precision = Math.max(precision, common / own.length);
        recall = Math.max(recall, common / other.length);
    }
    return precision > 0 && recall > 0 ? ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision) : 0;
}
//# sourceMappingURL=rouge.js.map