// Policy gradients from groups of completions of the same prompt: GRPO (Shao et al. 2024), DAPO (Yu et al. 2025), Dr. GRPO (Liu et al. 2025) and
// GSPO (Zheng et al. 2025). A completion's advantage is how far its reward is above its group's mean.
import { less, maximum, minimum, where } from '../../graph/index.js';
import { SensoriumError } from '../../util/errors.js';
/** The forms of the loss. */
export const GROUP_FORMS = ['grpo', 'dapo', 'dr_grpo', 'gspo'];
/** Added to the standard deviation of a group's rewards. */
const EPSILON = 1e-4;
/** Mean, and standard deviation over n - 1, of at least two numbers. */
export function spreadOf(values) {
    const n = values.length;
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const std = n < 2 ? 0 : Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
    return { mean, std };
}
/**
 * Advantages of one group: (reward - mean) / (std + 1e-4), with the deviation over n - 1; of `dr_grpo` without the division, which makes
 * groups of nearly equal rewards count more than others. A group of equal rewards has none.
 */
export function groupAdvantages(rewards, form) {
    if (rewards.length < 2)
        throw new SensoriumError('train.option', 'a group needs at least two completions to compare', {
            place: 'group',
            expected: 'at least 2',
            got: String(rewards.length),
        });
    const { mean, std } = spreadOf(rewards);
    if (!hasSignal(rewards))
        return rewards.map(() => 0);
    return rewards.map((r) => (r - mean) / (form === 'dr_grpo' ? 1 : std + EPSILON));
}
/** Whether the rewards of a group differ. */
export const hasSignal = (rewards) => rewards.some((r) => r !== rewards[0]);
/** exp(d) - d - 1 with d = start - now: the estimate of the KL divergence that is never negative (k3, Schulman 2020): [n]. */
export function kl3(logProbs, start) {
    const d = start.sub(logProbs);
    return d.exp().sub(d).sub(1);
}
/**
 * -min(ratio * A, clip(ratio) * A) of each token, with beta * KL added: [n]. Of `gspo` the ratio is that of the whole completion, with the
 * mean of its tokens' log-ratios as logarithm.
 */
export function tokenLosses(x, { form, clip, clipHigh, beta }) {
    const difference = x.logProbs.sub(x.old);
    const ratio = (form === 'gspo' ? ofSequences(x, difference) : difference).exp();
    const bounded = ratio.clip(1 - clip, 1 + clipHigh);
    const plain = ratio.mul(x.advantages);
    const gain = minimum(plain, bounded.mul(x.advantages));
    const clipped = where(less(gain, plain), 1, 0);
    const losses = gain.neg();
    return { losses: beta > 0 && x.start ? losses.add(kl3(x.logProbs, x.start).mul(beta)) : losses, clipped };
}
/** The mean of [n] over each sequence's tokens, at each of its tokens. */
function ofSequences(x, values) {
    return x.toTokens(x.perSequence(values.mul(x.mask)).div(maximum(x.perSequence(x.mask), 1)));
}
/**
 * The loss of a batch. `grpo` and `gspo`: the mean over completions of the mean over their tokens; `dapo`: the mean over all tokens, so
 * that long completions are not favored; `dr_grpo`: the sum over tokens by completions * maxTokens.
 */
export function groupLoss(x, o) {
    const { losses, clipped } = tokenLosses(x, o);
    const counts = x.perSequence(x.mask);
    const tokens = maximum(counts.sum(), 1);
    const sums = x.perSequence(losses.mul(x.mask));
    const loss = o.form === 'dapo' ? sums.sum().div(tokens) : o.form === 'dr_grpo' ? sums.mean().div(o.maxTokens) : sums.div(maximum(counts, 1)).mean();
    const mean = (values) => x.perSequence(values.mul(x.mask)).sum().div(tokens);
    const gap = x.logProbs.sub(x.old);
    const metrics = { clip_share: mean(clipped), log_prob_gap: mean(maximum(gap, gap.neg())) };
    if (x.start)
        metrics.kl = mean(kl3(x.logProbs, x.start));
    return { loss, metrics };
}
/** What DAPO takes off the reward of a completion that comes near the limit: 0 up to `maxTokens` - `buffer` tokens, then falling to -1. */
export function overlongPenalty(tokens, { maxTokens, buffer }) {
    if (buffer === 0)
        return 0;
    return -Math.min(1, Math.max(0, (tokens - (maxTokens - buffer)) / buffer));
}
//# sourceMappingURL=group.js.map