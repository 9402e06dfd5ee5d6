// Proximal policy optimization (Schulman et al. 2017): clipped policy and value losses over the tokens of replies that were drawn before.
import { abs, less, maximum, minimum, where } from '../../graph/index.js';
/** -min(ratio · A, clip(ratio) · A): [n]; and 1 where the second is smaller. */
export function policyLosses(x, clip) {
    const ratio = x.logProbs.sub(x.old).exp();
    const plain = ratio.mul(x.advantages);
    const bounded = ratio.clip(1 - clip, 1 + clip).mul(x.advantages);
    return { losses: minimum(plain, bounded).neg(), clipped: where(less(bounded, plain), 1, 0) };
}
/** max((v - R)², (v within `clip` of the old one - R)²): [n]. Half of its mean is the value loss. */
export function valueLosses({ values, oldValues, returns }, clip) {
    const near = oldValues.add(values.sub(oldValues).clip(-clip, clip));
    return maximum(values.sub(returns).square(), near.sub(returns).square());
}
/** The loss of a batch, a mean over its tokens, and what is watched beside it; scalars. */
export function ppoLoss(x, { clip, valueClip, valueWeight }) {
    const count = maximum(x.mask.sum(), 1);
    const mean = (y) => y.mul(x.mask).sum().div(count);
    const { losses, clipped } = policyLosses(x, clip);
    const policy = mean(losses);
    const value = mean(valueLosses(x, valueClip)).mul(0.5);
    const gap = x.logProbs.sub(x.old);
    return {
        loss: policy.add(value.mul(valueWeight)),
        metrics: { policy_loss: policy, value_loss: value, clip_share: mean(clipped), log_prob_gap: mean(abs(gap)) },
    };
}
//# sourceMappingURL=ppo.js.map