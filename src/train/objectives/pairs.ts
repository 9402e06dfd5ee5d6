// Preference learning from pairs: the chosen reply gains on the rejected one, most often measured from where training began.

import { greater, type Tensor, where } from '../../graph/index.js';
import type { Feeds, Sequence } from '../../model/index.js';
import { hostTensor } from '../../util/host.js';
import type { SequenceLoss } from '../sequence-objective.js';
import { PAIR_LOSSES, type PairLoss, type PairLossName, type PairStrengths, type Sides } from './pair-losses.js';

/** Options of `pairs`. Strengths that are left out have the loss's own defaults. */
export interface PairOptions extends Partial<PairStrengths> {
  /** Default `sigmoid`: DPO. */
  loss?: PairLossName;
  /** Log-probabilities of sequences under the reference. Not asked for by losses without one. */
  reference(sequences: readonly Sequence[]): Promise<Float32Array>;
}

const NONE: PairStrengths = { beta: 0, labelSmoothing: 0, gamma: 0, tau: 0, sft: 0 };

/** The columns of [pairs, 2], the chosen reply's first. */
export function sidesOf(x: Tensor): Sides {
  return { chosen: x.slice({ axis: 1, start: 0, end: 1 }), rejected: x.slice({ axis: 1, start: 1, end: 2 }) };
}

/** The loss of pairs of sequences: chosen, rejected. What a pair has under the reference is computed once. */
export function pairs({ loss: name = 'sigmoid', reference, ...given }: PairOptions): SequenceLoss {
  const loss: PairLoss = PAIR_LOSSES[name];
  const own = Object.entries(given).filter(([, value]) => value !== undefined);
  const strengths = { ...NONE, ...loss.strengths, ...Object.fromEntries(own) };
  const known = new WeakMap<Sequence, readonly number[]>();
  return {
    name,
    over: 'samples',
    describe: { loss: name, ...strengths },
    async prepare(sequences): Promise<Feeds> {
      if (!loss.reference) return {};
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
      const n = read.sequences / 2;
      const sums = read.perSequence(read.logProbs).reshape([n, 2]);
      const policy = sidesOf(sums);
      const tokens = sidesOf(read.perSequence(read.weights.mul(0).add(1)).reshape([n, 2]));
      const gained = loss.reference ? sidesOf(sums.sub(feed('reference', [n, 2]))) : policy;
      const margins = gained.chosen.sub(gained.rejected);
      let losses = loss.losses({ policy, gained, tokens }, strengths);
      if (strengths.sft > 0) losses = losses.sub(policy.chosen.div(tokens.chosen).mul(strengths.sft));
      const accuracy = where(greater(margins, 0), 1, 0).mean();
      return { loss: losses.mean(), metrics: { margin: margins.mul(strengths.beta || 1).mean(), accuracy } };
    },
  };
}
