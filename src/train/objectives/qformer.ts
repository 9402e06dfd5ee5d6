// BLIP-2's first stage (Li et al. 2023, arXiv:2301.12597): a Q-Former learns what of an image goes with its text, by three losses under three masks.

import {
  arange,
  argMax,
  cast,
  concat,
  constant,
  crossEntropy,
  detach,
  equal,
  gather,
  log,
  type Tensor,
  weightedMean,
  where,
} from '../../graph/index.js';
import type { TextQFormerConnector } from '../../networks/index.js';
import { hostTensor } from '../../util/host.js';

/** A batch of n images with their texts. */
export interface QFormerInputs {
  /** Of the frozen tower: [n, patches, width]. */
  tokens: Tensor;
  /** int32 [n, t]: `clsId`, the words, the end token, filling. */
  ids: Tensor;
  /** int32 [n, t]: 1 for what is no filling. */
  mask: Tensor;
  /** [2, n, n]: noise -log(-log(u)), with which a largest element is a draw (Gumbel): of images for texts, and of texts for images. */
  noise: Tensor;
}

/** The three losses, and how often they choose right. */
export interface QFormerLosses {
  itc: Tensor;
  itm: Tensor;
  itg: Tensor;
  /** Share of texts whose own image has the largest score in the batch, and of pairs that are rightly told to match or not. */
  retrieved: Tensor;
  matched: Tensor;
  /** int64 [n]: for each text another image, for each image another text, drawn by likeness. */
  hardImages: Tensor;
  hardTexts: Tensor;
}

/** Share of the target that all classes have together (Szegedy et al. 2016). */
const SMOOTHING = 0.1;

/** torch's cross_entropy with label smoothing, of each row. logits: [..., classes], targets: int32 [...] -> [...]. */
export function smoothed(logits: Tensor, targets: Tensor, smoothing = SMOOTHING): Tensor {
  return crossEntropy(logits, targets)
    .mul(1 - smoothing)
    .sub(logits.logSoftmax().mean(-1).mul(smoothing));
}

/**
 * One draw for each row from softmax(scores) + 1e-4, never its own number: the hard negatives of ALBEF and BLIP. scores, noise: [n, n] -> int64 [n].
 */
export function hardNegatives(scores: Tensor, noise: Tensor): Tensor {
  const n = scores.size(0);
  const own = equal(arange(n).reshape([n, 1]), arange(n).reshape([1, n]));
  const weights = log(detach(scores).softmax().add(1e-4));
  return argMax(where(own, -1e9, weights.add(noise)));
}

/**
 * ITC: each image tells its text from those of the batch and each text its image, by the largest cosine of a query over `temp`; queries and text
 * apart. ITM: own pairs match, and pairs with a hard negative on either side do not; both see all. ITG: the text is written from the queries;
 * words see queries and words before. The whole loss is their sum. Errors: those of `hardNegatives` for fewer than two pairs.
 */
export function qformerLosses(q: TextQFormerConnector, { tokens, ids, mask, noise }: QFormerInputs): QFormerLosses {
  const [n, t] = [ids.size(0), ids.size(1)];
  const begin = constant(hostTensor('int32', [1, t], [1, ...new Array<number>(t - 1).fill(0)]));
  const decoded = ids.add(begin.mul(q.decId - q.clsId));
  const { logits, queries } = q.writeLogits(tokens, decoded);
  const next = (x: Tensor): Tensor => x.slice({ axis: 1, start: 1 });
  const itg = weightedMean(smoothed(logits.slice({ axis: 1, end: t - 1 }), next(ids)), cast(next(mask), 'float32'));

  const [images, texts] = [q.imageFeatures(queries), q.textFeatures(ids, mask)];
  const features = texts.size(1);
  const pairs = images.reshape([n * q.tokenCount(), features]).matMul(texts.transpose());
  const toTexts = pairs.reshape([n, q.tokenCount(), n]).max(1).div(q.temp);
  const toImages = toTexts.transpose();
  const own = arange(n);
  const itc = smoothed(toTexts, own).mean().add(smoothed(toImages, own).mean()).mul(0.5);

  const draw = (i: number): Tensor => noise.slice({ axis: 0, start: i, end: i + 1 }).squeeze(0);
  const [hardImages, hardTexts] = [hardNegatives(toImages, draw(0)), hardNegatives(toTexts, draw(1))];
  const stacked = (x: Tensor, second: Tensor | undefined, third: Tensor | undefined): Tensor => gather(x, rows(n, second, third));
  const match = q.matchLogits(
    stacked(tokens, hardImages, undefined),
    stacked(ids, undefined, hardTexts),
    stacked(mask, undefined, hardTexts),
  );
  const labels = constant(hostTensor('int32', [3 * n], [...new Array<number>(n).fill(1), ...new Array<number>(2 * n).fill(0)]));
  const right = (scores: Tensor, targets: Tensor): Tensor => cast(equal(argMax(scores), cast(targets, 'int64')), 'float32').mean();
  return {
    itc,
    itm: crossEntropy(match, labels).mean(),
    itg,
    retrieved: right(toImages, own),
    matched: right(match, labels),
    hardImages,
    hardTexts,
  };
}

/** Row numbers of three batches in one: each row itself, then `second`, then `third`; the rows themselves where one is left out. int64 [3 n]. */
function rows(n: number, second: Tensor | undefined, third: Tensor | undefined): Tensor {
  const own = cast(arange(n), 'int64');
  return concat([own, second ?? own, third ?? own], 0);
}
