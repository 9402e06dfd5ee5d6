// How tokens go to experts and come back: all to all with weights, each to its own, or each to its own as far as there is room.

import {
  addRows,
  arange,
  cast,
  constant,
  equal,
  gather,
  greater,
  nonZero,
  scatterElements,
  softmax,
  type Tensor,
  topK,
  where,
  zeros,
} from '../../graph/index.js';
import { hostTensor } from '../../util/host.js';

/** What expert `e` makes of tokens: [..., width] -> the same. */
export type Expert = (x: Tensor, e: number) => Tensor;

/** Router weights: [..., experts], zero but for the `active` best, which have the softmax over their scores. scores: [..., experts]. */
export function route(scores: Tensor, active: number): Tensor {
  const best = topK(scores, active);
  const weights = softmax(best.values); // the softmax over all experts, divided by what the chosen ones got of it
  return scatterElements(zeros(scores.shape), best.indices, weights);
}

const column = (weights: Tensor, e: number): Tensor => weights.slice({ axis: -1, start: e, end: e + 1 });

/** Every expert computes every token, those that were not chosen weighted zero. x: [..., width], weights: [..., experts]. */
export function weighted(x: Tensor, weights: Tensor, expert: Expert): Tensor {
  const parts = Array.from({ length: weights.size(-1) }, (_, e) => expert(x, e).mul(column(weights, e)));
  return parts.reduce((a, b) => a.add(b));
}

/**
 * The same sums in the same order without the terms that are zero; products of no rows read no weights. x: [tokens, width], weights:
 * [tokens, experts]; `name` tells the sizes of this mixture from those of others.
 */
export function dispatched(x: Tensor, weights: Tensor, expert: Expert, name: string): Tensor {
  let sum = zeros(x.shape);
  for (let e = 0; e < weights.size(-1); e++) {
    const mine = column(weights, e); // [tokens, 1]
    const at = nonZero(mine.squeeze(1), `${name}.${e}.tokens`);
    sum = addRows(sum, at, expert(gather(x, at), e).mul(gather(mine, at)));
  }
  return sum;
}

/** Choices of each token: k for its best expert, k - 1 for the next, …, 0 for the others. scores: [tokens, experts] -> the same. */
export function choices(scores: Tensor, active: number): Tensor {
  const ranks = Float32Array.from({ length: scores.size(0) * active }, (_, i) => active - (i % active));
  const { indices } = topK(scores, active);
  return scatterElements(zeros(scores.shape), indices, constant(hostTensor('float32', [scores.size(0), active], ranks)));
}

/**
 * Each expert computes `capacity` tokens: first those that chose it first, in their order, then those that chose it second, and so on. Others
 * are dropped by it, and the weights of those that remain to a token sum to 1 again; a token that all drop gets zeros (Lepikhin et al. 2021,
 * as DeepSpeed has it). x: [tokens, width]; weights, chosen (`choices`): [tokens, experts]. Fixed sizes.
 */
export function within(capacity: number, x: Tensor, { weights, chosen }: { weights: Tensor; chosen: Tensor }, expert: Expert): Tensor {
  const [tokens, experts] = [x.size(0), weights.size(1)];
  const priority = chosen.mul(tokens).sub(cast(arange(tokens), 'float32').unsqueeze(1));
  const at = topK(priority.transpose(), capacity).indices; // [experts, capacity]
  const ones = constant(hostTensor('float32', [experts, capacity], new Float32Array(experts * capacity).fill(1)));
  const kept = scatterElements(zeros([experts, tokens]), at, ones);
  const own = where(greater(chosen, 0), weights, 0).transpose().mul(kept); // [experts, tokens]
  const total = own.sum([0], true);
  const shares = own.div(where(greater(total, 0), total, 1));
  let sum = zeros(x.shape);
  for (let e = 0; e < experts; e++) {
    const row = (t: Tensor): Tensor => t.slice({ axis: 0, start: e, end: e + 1 }).squeeze(0);
    const mine = row(at);
    sum = addRows(sum, mine, expert(gather(x, mine), e).mul(gather(row(shares).unsqueeze(1), mine)));
  }
  return sum;
}

/**
 * How evenly experts are loaded: experts · Σ f P, f the share of tokens whose first choice an expert is, P its mean probability; 1 for even
 * loads (Shazeer et al. 2017; Fedus et al. 2022, equation 4). scores: [tokens, experts]; first: bool [tokens, experts]; real: [tokens, 1], 1 for tokens
 * that count.
 */
export function balance(scores: Tensor, first: Tensor, real?: Tensor): Tensor {
  const mean = (x: Tensor): Tensor => (real ? x.mul(real).sum([0]).div(real.sum().clip(1)) : x.mean([0]));
  return mean(cast(first, 'float32'))
    .mul(mean(softmax(scores)))
    .sum()
    .mul(scores.size(1));
}

/** bool: the first choice, from `choices`. */
export const firstChoice = (chosen: Tensor, active: number): Tensor => equal(chosen, active);
