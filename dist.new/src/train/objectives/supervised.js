// Supervised fine-tuning: the mean negative log-probability of the replies' tokens, their ends included.
import { weightedMean } from '../../graph/index.js';
/** The loss of the alignment and instruction stages. */
export function supervised() {
    return { name: 'instruct', over: 'tokens', loss: ({ logProbs, weights }) => ({ loss: weightedMean(logProbs.neg(), weights) }) };
}
//# sourceMappingURL=supervised.js.map