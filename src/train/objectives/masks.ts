// Masks beside language: the loss of the replies' tokens, and for the state of each `<SEG>` binary cross-entropy and dice of its mask (LISA).

import { abs, exp, gather, log, relu, sigmoid, type Tensor, weightedMean } from '../../graph/index.js';
import type { PackedSequences, Sequence } from '../../model/index.js';
import type { MaskHead } from '../../networks/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { Read } from '../sequence-graph.js';
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
  /** Rows that the language model reads of an image, and their width; 0 where the head reads none. */
  rows: number;
  /** The true masks of a sequence in the order of its tokens, [side, side] of 0 and 1 each. */
  truth(sequence: Sequence): readonly Uint8Array[];
  /** Masks of a sequence at most. Those that a sequence has fewer are computed too, for nothing. Default 1. */
  perSample?: number;
  /** Weights of the terms; published 1, 2 and 0.5. */
  language?: number;
  bce?: number;
  dice?: number;
}

/** The loss over samples of one sequence with one image and up to `perSample` masks; each sample counts the same. */
export function masks(o: MaskLossOptions): SequenceLoss {
  const { head, token, side, rows, truth, perSample = 1, language = 1, bce = 2, dice = 0.5 } = o;
  return {
    name: 'masks',
    over: 'samples',
    describe: { language, bce, dice, perSample },
    async prepare(sequences, packed) {
      const [n, area] = [sequences.length, side * side];
      const pixels = hostTensor('float32', [n, 3, side, side]);
      const targets = hostTensor('float32', [n * perSample, area]);
      const shares = hostTensor('float32', [n * perSample]);
      const states = hostTensor('int32', [n * perSample]);
      const images = hostTensor('int32', [n]);
      const places = maskPlaces(packed, token);
      for (const [s, sequence] of sequences.entries()) {
        const feeds = await (sequence.media[0] as Sequence['media'][number]).feeds(['pixels']);
        pixels.data.set((feeds.pixels as HostTensor<'float32'>).data, s * 3 * area);
        const at = places.get(s) ?? [];
        for (const [k, mask] of truth(sequence).entries()) {
          const slot = s * perSample + k;
          targets.data.set(mask, slot * area);
          shares.data[slot] = 1 / at.length;
          states.data[slot] = at[k] as number;
        }
      }
      for (const [i, { sequence, at }] of packed.media.entries()) {
        images.data[sequence] = i;
        if (rows > 0 && at.length !== rows) throw otherRows(at.length, rows);
      }
      return {
        mask_pixels: pixels,
        mask_targets: targets,
        mask_shares: shares,
        mask_states: states,
        ...(rows > 0 ? { mask_images: images } : {}),
      };
    },
    loss(read, feed) {
      const n = read.sequences;
      const m = n * perSample;
      const words = weightedMean(read.logProbs.neg(), read.weights);
      const states = gather(read.hidden, feed('mask_states', [m], 'int32'));
      const pixels = feed('mask_pixels', [n, 3, side, side]);
      const own = rows > 0 ? imageRows(read, { rows, n, order: feed('mask_images', [n], 'int32') }) : undefined;
      const logits = head.masks(states, { pixels, rows: own }).reshape([m, side * side]);
      const target = feed('mask_targets', [m, side * side]);
      const shares = feed('mask_shares', [m]);
      const mean = (x: Tensor): Tensor => x.mul(shares).sum().div(n);
      const [entropy, overlap] = [mean(maskCrossEntropy(logits, target)), mean(diceLoss(logits, target))];
      return {
        loss: words.mul(language).add(entropy.mul(bce)).add(overlap.mul(dice)),
        metrics: { language: words, bce: entropy, dice: overlap },
      };
    },
  };
}

const otherRows = (got: number, rows: number): SensoriumError =>
  new SensoriumError('train.sequence', 'an image of a row of masks has other rows than a picture', {
    expected: `${rows} rows, and no regions`,
    got: String(got),
    hint: 'lisa({ reader: 0 }) reads no rows',
  });

/** Where among what a batch predicts the mask tokens of each sequence are, in order. */
function maskPlaces({ targets, weights, owners }: PackedSequences, token: number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [i, id] of targets.data.entries()) {
    if (id !== token || weights.data[i] === 0) continue;
    const s = owners.data[i] as number;
    places.set(s, [...(places.get(s) ?? []), i]);
  }
  return places;
}

/** Rows of the image of each sequence, [n, rows, width], as the language model reads them. `order`: its place among the images. */
function imageRows({ features, hidden }: Read, { rows, n, order }: { rows: number; n: number; order: Tensor }): Tensor {
  const all = features as Tensor;
  const each = all.slice({ axis: 0, end: n * rows }).reshape([n, rows, all.size(1)]);
  return gather(each.slice({ axis: 2, end: hidden.size(1) }), order);
}

/** Throws `train.data` for a sequence whose replies do not have a mask token for each mask, one to `perSample`, or that does not have one image. */
export function assertMasks(
  { ids, weights, media }: Sequence,
  o: { token: number; masks: number; perSample: number; place: string },
): void {
  const count = [...ids.keys()].filter((i) => ids[i] === o.token && (weights?.[i] ?? 0) !== 0).length;
  if (count === o.masks && count >= 1 && count <= o.perSample && media.length === 1) return;
  throw new SensoriumError('train.data', 'a row of masks has one image, and a token for each mask', {
    place: o.place,
    expected: `one image, and 1 to ${o.perSample} masks with the mask token once for each in the replies`,
    got: `${media.length} images, ${o.masks} masks, the token ${count} times`,
    ...(count === o.masks && count > o.perSample ? { hint: `Set perSample to ${count}` } : {}),
  });
}
