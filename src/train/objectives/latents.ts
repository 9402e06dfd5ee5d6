// Emu's one objective: the next token of a text, and by regression the next row of an image that a reply holds.

import { cast, constant, cumSum, equal, gather, maximum, sub } from '../../graph/index.js';
import type { Feeds, Sequence, SequenceMedia } from '../../model/index.js';
import type { LatentHead } from '../../networks/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { SequenceLoss } from '../sequence-objective.js';

/** Options of `latentRegression`. */
export interface LatentOptions {
  head: LatentHead;
  /** The id that stands for each row of an image. */
  imageId: number;
  /** Width of a row. */
  width: number;
  /** Rows of an image, [rows, width], as the connector gives them. */
  rowsOf(media: SequenceMedia): Promise<HostTensor<'float32'>>;
  /** Of the regression beside the loss of language. Default 1. */
  weight?: number;
  dispose?(): Promise<void>;
}

/** A sequence whose images in replies are to be predicted row by row: their places are in the loss as those of words are. */
export function withLatents<S extends Sequence>(sequence: S, at: readonly number[]): S {
  const weights = sequence.weights?.slice() ?? new Float32Array(sequence.ids.length);
  for (const place of at) weights[place] = 1;
  return { ...sequence, weights };
}

/** The image that a sequence predicts: undefined where it predicts none. Errors: `train.sequence` for two. */
function predicted({ media, weights }: Sequence): SequenceMedia | undefined {
  const found = media.filter(({ at }) => weights?.[at[0] as number]);
  if (found.length < 2) return found[0];
  throw new SensoriumError('train.sequence', 'a row predicts more than one image', {
    expected: 'one image in its replies',
    got: String(found.length),
  });
}

/**
 * Cross-entropy over words, and over rows of images the mean squared difference of what the head makes of the state before a row from that row. The rows
 * are given as they are: nothing is learned of them from here.
 */
export function latentRegression({ head, imageId, width, rowsOf, weight = 1, dispose }: LatentOptions): SequenceLoss {
  const { rows } = head.options;
  return {
    name: 'latents',
    over: 'samples',
    describe: { weight, rows },
    async prepare(sequences): Promise<Feeds> {
      const latents = hostTensor('float32', [sequences.length, rows, width]);
      for (const [i, sequence] of sequences.entries()) {
        const media = predicted(sequence);
        if (!media) continue;
        const made = await rowsOf(media);
        if (made.data.length !== rows * width)
          throw new SensoriumError('train.sequence', 'an image has another number of rows than the head predicts', {
            expected: `[${rows}, ${width}]`,
            got: `[${made.shape.join(', ')}]`,
          });
        latents.data.set(made.data, i * rows * width);
      }
      return { latents };
    },
    loss(read, feed) {
      const isRow = cast(equal(read.targets, imageId), 'float32');
      const counted = isRow.mul(read.weights);
      // The places of an image follow each other, as many as it has rows: their number so far tells which row it is.
      const before = cast(sub(cumSum(counted, 0), 1), 'int32');
      const which = sub(before, before.div(rows).mul(rows));
      const first = Float32Array.from({ length: read.sequences }, (_, i) => i * rows);
      const of = cast(read.toTokens(constant(hostTensor('float32', [read.sequences], first))), 'int32');
      const known = feed('latents', [read.sequences, rows, width]).reshape([read.sequences * rows, width]);
      const truth = gather(known, of.add(maximum(which, 0)));
      const wrong = head.next(read.hidden).sub(truth);
      const regression = wrong.mul(wrong).mean(1).mul(counted).sum().div(maximum(counted.sum(), 1));
      const words = read.weights.sub(counted);
      const language = read.logProbs.neg().mul(words).sum().div(maximum(words.sum(), 1e-6));
      return { loss: language.add(regression.mul(weight)), metrics: { language, regression } };
    },
    ...(dispose ? { dispose } : {}),
  };
}
