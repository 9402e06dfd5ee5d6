// Direct preference optimization (Rafailov et al. 2023): the chosen reply gains on the rejected one, measured from where training began.

import { concat, logSumExp, type Tensor } from '../../graph/index.js';
import type { Sequence } from '../../model/index.js';
import { hostTensor } from '../../util/host.js';
import type { SequenceLoss } from '../sequence-objective.js';

/** Options of `dpo`. */
export interface DpoOptions {
  /** How far the policy may go from the reference: small lets it go far. Default 0.1. */
  beta?: number;
  /** Log-probabilities of sequences under the reference. */
  reference(sequences: readonly Sequence[]): Promise<Float32Array>;
}

/**
 * -log sigmoid(beta margin), where margin = (pi_chosen - ref_chosen) - (pi_rejected - ref_rejected), of summed log-probabilities: [pairs].
 * `policy` and `reference`: [pairs, 2], the chosen reply first.
 */
export function dpoLoss(policy: Tensor, reference: Tensor, beta: number): { losses: Tensor; margins: Tensor } {
  const gained = policy.sub(reference);
  const chosen = gained.slice({ axis: 1, start: 0, end: 1 });
  const margins = chosen.sub(gained.slice({ axis: 1, start: 1, end: 2 })).mul(beta); // [pairs, 1]
  // log(1 + e^-m): smooth at 0, where training begins, and finite far away
  return { losses: logSumExp(concat([margins.mul(0), margins.neg()], 1)), margins: margins.reshape([-1]) };
}

/** The loss of pairs of sequences: chosen, rejected. What a pair has under the reference is computed once. */
export function dpo({ beta = 0.1, reference }: DpoOptions): SequenceLoss {
  const known = new WeakMap<Sequence, readonly number[]>();
  return {
    name: 'dpo',
    over: 'samples',
    describe: { beta },
    async prepare(sequences) {
      const values: number[] = [];
      for (let i = 0; i < sequences.length; i += 2) {
        const chosen = sequences[i] as Sequence; // known by itself, not by its row: held-out rows are numbered on their own
        const pair = known.get(chosen) ?? [...(await reference(sequences.slice(i, i + 2)))];
        known.set(chosen, pair);
        values.push(...pair);
      }
      return { reference: hostTensor('float32', [sequences.length / 2, 2], Float32Array.from(values)) };
    },
    loss(read, feed) {
      const pairs = read.sequences / 2;
      const policy = read.perSequence(read.logProbs).reshape([pairs, 2]);
      const { losses, margins } = dpoLoss(policy, feed('reference', [pairs, 2]), beta);
      return { loss: losses.mean(), metrics: { margin: margins.mean() } };
    },
  };
}
