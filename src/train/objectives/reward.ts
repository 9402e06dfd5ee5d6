// Reward models: the chosen reply of a pair is worth more than the rejected one (Bradley and Terry 1952; Ouyang et al. 2022).

import { greater, softplus, type Tensor, where } from '../../graph/index.js';
import type { Sequence } from '../../model/index.js';
import type { RewardHead } from '../../networks/index.js';
import { hostTensor } from '../../util/host.js';
import type { SequenceLoss } from '../sequence-objective.js';
import type { Sides } from './pair-losses.js';
import { sidesOf } from './pairs.js';

/**
 * -log sigmoid(chosen - rejected - margin) + centering · (chosen + rejected)²: [pairs, 1]. A margin says how much better the chosen reply is
 * (Touvron et al. 2023, Llama 2); centering keeps scores near zero (Eisenstein et al. 2023).
 */
export function rewardLosses({ chosen, rejected }: Sides, { margin, centering = 0 }: { margin?: Tensor; centering?: number } = {}): Tensor {
  const ahead = chosen.sub(rejected);
  const losses = softplus((margin ? ahead.sub(margin) : ahead).neg());
  return centering === 0 ? losses : losses.add(chosen.add(rejected).square().mul(centering));
}

/** Options of `rewardLoss`. */
export interface RewardLossOptions {
  head: RewardHead;
  centering: number;
  /** How much better the chosen reply is, by the first sequence of a pair. */
  marginOf(sequence: Sequence): number;
}

/** The loss of samples of two sequences, chosen and rejected, each read at its last token. */
export function rewardLoss({ head, centering, marginOf }: RewardLossOptions): SequenceLoss {
  return {
    name: 'reward',
    over: 'samples',
    describe: { centering },
    prepare: async (sequences) => {
      const margins = sequences.flatMap((sequence, i) => (i % 2 === 0 ? [marginOf(sequence)] : []));
      return { margin: hostTensor('float32', [margins.length, 1], Float32Array.from(margins)) };
    },
    loss(read, feed) {
      const n = read.sequences / 2;
      const sides = sidesOf(head.read(read.perSequence(read.hidden)).reshape([n, 2]));
      const { chosen, rejected } = sides;
      return {
        loss: rewardLosses(sides, { margin: feed('margin', [n, 1]), centering }).mean(),
        metrics: {
          accuracy: where(greater(chosen, rejected), 1, 0).mean(),
          margin: chosen.sub(rejected).mean(),
          chosen: chosen.mean(),
          rejected: rejected.mean(),
        },
      };
    },
  };
}
