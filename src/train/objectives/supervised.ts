// Supervised fine-tuning: the mean negative log-probability of the replies' tokens, their ends included.

import { weightedMean } from '../../graph/index.js';
import type { SequenceLoss } from '../sequence-objective.js';

/** The loss of the alignment and instruction stages. */
export function supervised(): SequenceLoss {
  return { name: 'instruct', over: 'tokens', loss: ({ logProbs, weights }) => ({ loss: weightedMean(logProbs.neg(), weights) }) };
}
