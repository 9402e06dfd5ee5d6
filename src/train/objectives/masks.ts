// Masks beside language: the loss of the replies' tokens, and for the state of each `<SEG>` binary cross-entropy and dice of its mask (LISA).

import { abs, equal, exp, log, maximum, relu, sigmoid, type Tensor, weightedMean } from '../../graph/index.js';
import type { Sequence } from '../../model/index.js';
import type { MaskHead } from '../../networks/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { SequenceLoss } from '../sequence-objective.js';

/** Mean binary cross-entropy of each row, from logits: [n, pixels] -> [n]. */
export function maskCrossEntropy(logits: Tensor, truth: Tensor): Tensor {
  return relu(logits)
    .sub(logits.mul(truth))
    .add(log(exp(abs(logits).neg()).add(1)))
    .mean(1);
}

/** 1 - dice of each row, with one pixel added to both (Milletari et al. 2016): [n, pixels] -> [n]. */
export function diceLoss(logits: Tensor, truth: Tensor): Tensor {
  const p = sigmoid(logits);
  return p
    .mul(truth)
    .sum(1)
    .mul(2)
    .add(1)
    .div(p.sum(1).add(truth.sum(1)).add(1))
    .neg()
    .add(1);
}

/** Options of `masks`. */
export interface MaskLossOptions {
  head: MaskHead;
  /** The id of its token. */
  token: number;
  /** Pixels on a side of the picture. */
  side: number;
  /** The true mask of a sequence, [side, side] of 0 and 1. */
  truth(sequence: Sequence): Uint8Array;
  /** Weights of the terms; published 1, 2 and 0.5. */
  language?: number;
  bce?: number;
  dice?: number;
}

/** The loss over samples of one sequence with one image and one mask. */
export function masks({ head, token, side, truth, language = 1, bce = 2, dice = 0.5 }: MaskLossOptions): SequenceLoss {
  return {
    name: 'masks',
    over: 'samples',
    describe: { language, bce, dice },
    async prepare(sequences) {
      const area = side * side;
      const pixels = hostTensor('float32', [sequences.length, 3, side, side]);
      const targets = hostTensor('float32', [sequences.length, area]);
      for (const [i, sequence] of sequences.entries()) {
        const feeds = await (sequence.media[0] as Sequence['media'][number]).feeds(['pixels']);
        pixels.data.set((feeds.pixels as HostTensor<'float32'>).data, i * 3 * area);
        targets.data.set(truth(sequence), i * area);
      }
      return { mask_pixels: pixels, mask_targets: targets };
    },
    loss(read, feed) {
      const n = read.sequences;
      const words = weightedMean(read.logProbs.neg(), read.weights);
      const isMask = equal(read.targets, token).cast('float32');
      const count = maximum(read.perSequence(isMask), 1e-6).reshape([n, 1]);
      const states = read.perSequence(read.hidden.mul(isMask.unsqueeze(1))).div(count);
      const logits = head.masks(states, feed('mask_pixels', [n, 3, side, side])).reshape([n, side * side]);
      const target = feed('mask_targets', [n, side * side]);
      const [entropy, overlap] = [maskCrossEntropy(logits, target).mean(), diceLoss(logits, target).mean()];
      return {
        loss: words.mul(language).add(entropy.mul(bce)).add(overlap.mul(dice)),
        metrics: { language: words, bce: entropy, dice: overlap },
      };
    },
  };
}

/** Throws `train.data` for a sequence whose reply does not have its mask token exactly once, or that has no image. */
export function assertOneMask({ ids, weights, media }: Sequence, token: number, place: string): void {
  const count = [...ids.keys()].filter((i) => ids[i] === token && (weights?.[i] ?? 0) !== 0).length;
  if (count === 1 && media.length === 1) return;
  throw new SensoriumError('train.data', 'a row of masks has one image and one mask', {
    place,
    expected: 'one image, and a reply with the mask token once',
    got: `${media.length} images, the token ${count} times`,
  });
}
