// Proximal policy optimization (Schulman et al. 2017): clipped policy and value losses over the tokens of replies that were drawn before.

import { abs, less, maximum, minimum, type Tensor, where } from '../../graph/index.js';

/** How far policy and values may move from where the replies were drawn. */
export interface PpoOptions {
  /** A token gains nothing by a ratio outside of 1 - clip to 1 + clip. */
  clip: number;
  /** Values are clipped to this distance from the old ones. */
  valueClip: number;
  /** Weight of the value loss. */
  valueWeight: number;
}

/** Values of the n tokens of a batch. */
export interface PpoValues {
  /** Log-probabilities now and when the replies were drawn: [n]. */
  logProbs: Tensor;
  old: Tensor;
  /** [n]. */
  advantages: Tensor;
  /** Values now and when the replies were drawn, and returns: [n]. */
  values: Tensor;
  oldValues: Tensor;
  returns: Tensor;
  /** [n]: 1 for tokens that count, 0 for others. */
  mask: Tensor;
}

/** -min(ratio · A, clip(ratio) · A): [n]; and 1 where the second is smaller. */
export function policyLosses(x: Pick<PpoValues, 'logProbs' | 'old' | 'advantages'>, clip: number): { losses: Tensor; clipped: Tensor } {
  const ratio = x.logProbs.sub(x.old).exp();
  const plain = ratio.mul(x.advantages);
  const bounded = ratio.clip(1 - clip, 1 + clip).mul(x.advantages);
  return { losses: minimum(plain, bounded).neg(), clipped: where(less(bounded, plain), 1, 0) };
}

/** max((v - R)², (v within `clip` of the old one - R)²): [n]. Half of its mean is the value loss. */
export function valueLosses({ values, oldValues, returns }: Pick<PpoValues, 'values' | 'oldValues' | 'returns'>, clip: number): Tensor {
  const near = oldValues.add(values.sub(oldValues).clip(-clip, clip));
  return maximum(values.sub(returns).square(), near.sub(returns).square());
}

/** The loss of a batch, a mean over its tokens, and what is watched beside it; scalars. */
export function ppoLoss(x: PpoValues, { clip, valueClip, valueWeight }: PpoOptions): { loss: Tensor; metrics: Record<string, Tensor> } {
  const count = maximum(x.mask.sum(), 1);
  const mean = (y: Tensor): Tensor => y.mul(x.mask).sum().div(count);
  const { losses, clipped } = policyLosses(x, clip);
  const policy = mean(losses);
  const value = mean(valueLosses(x, valueClip)).mul(0.5);
  const gap = x.logProbs.sub(x.old);
  return {
    loss: policy.add(value.mul(valueWeight)),
    metrics: { policy_loss: policy, value_loss: value, clip_share: mean(clipped), log_prob_gap: mean(abs(gap)) },
  };
}
