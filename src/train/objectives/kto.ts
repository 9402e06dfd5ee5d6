// Kahneman-Tversky optimization (Ethayarajh et al. 2024): replies that were called good or bad, one at a time, without pairs.

import { detach, greater, type Tensor, where } from '../../graph/index.js';
import type { Sequence } from '../../model/index.js';
import { hostTensor } from '../../util/host.js';
import { pairScores } from '../reference.js';
import type { SequenceLoss } from '../sequence-objective.js';
import { sidesOf } from './pairs.js';

/** How strongly good and bad replies count, and how far the policy may go. */
export interface KtoStrengths {
  beta: number;
  desirable: number;
  undesirable: number;
}

/** Options of `kto`. */
export interface KtoOptions extends KtoStrengths {
  /** Whether a sequence is a good reply. */
  labelOf(sequence: Sequence): boolean;
  /** Log-probabilities of sequences under the reference. */
  reference(sequences: readonly Sequence[]): Promise<Float32Array>;
}

/**
 * 1 - sigmoid(beta (gained - kl)) of good replies, 1 - sigmoid(beta (kl - gained)) of bad ones: [n, 1]. `gained`: log-probabilities above the
 * reference; `sign`: 1 or -1; `kl`: a scalar, how far the policy is from the reference anyway.
 */
export function ktoLosses({ gained, sign, kl }: { gained: Tensor; sign: Tensor; kl: Tensor }, beta: number): Tensor {
  return gained.sub(kl).mul(sign).mul(beta).sigmoid().neg().add(1);
}

/**
 * The loss of samples of two sequences: the reply that was judged, and the reply of another row to the same question. What the policy gains on
 * those others, in the mean of a batch and at least 0, is the point from which gains are good or bad.
 */
export function kto({ beta, desirable, undesirable, labelOf, reference }: KtoOptions): SequenceLoss {
  const scores = pairScores(reference);
  return {
    name: 'kto',
    over: 'samples',
    whole: true, // the other replies of a batch say from where on gains are good
    describe: { beta, desirable, undesirable },
    async prepare(sequences) {
      const signs = sequences.flatMap((own, i) => (i % 2 === 0 ? [labelOf(own) ? 1 : -1] : []));
      return { reference: await scores(sequences), sign: hostTensor('float32', [signs.length, 1], Float32Array.from(signs)) };
    },
    loss(read, feed) {
      const n = read.sequences / 2;
      const { chosen: gained, rejected: others } = sidesOf(
        read
          .perSequence(read.logProbs)
          .reshape([n, 2])
          .sub(feed('reference', [n, 2])),
      );
      const sign = feed('sign', [n, 1]);
      const kl = detach(others.mean().clip(0));
      const losses = ktoLosses({ gained, sign, kl }, beta).mul(where(greater(sign, 0), desirable, undesirable));
      return { loss: losses.mean(), metrics: { kl, margin: gained.mul(sign).mul(beta).mean() } };
    },
  };
}
