// From scores of whole replies to advantages of their tokens: penalties, KL to the start, generalized advantage estimation, whitening.
/** Estimates of the KL divergence of one token (Schulman 2020): the log-ratio (k1), its square by 2 (k2), exp(-d) + d - 1, which is never negative (k3). */
export const KL_ESTIMATES = {
    k1: (d) => d,
    k2: (d) => (d * d) / 2,
    k3: (d) => Math.exp(-d) + d - 1,
};
/**
 * Rewards of the tokens of one reply: at each token -kl · estimate(log p - log p of the start), and the score at the last one (Ziegler et al.
 * 2019). `logProbs` and `start`: [tokens], at least one.
 */
export function tokenRewards({ score, logProbs, start }, { kl, estimate = 'k1' }) {
    const of = KL_ESTIMATES[estimate];
    const rewards = logProbs.map((logProb, t) => -kl * of(logProb - start[t]));
    rewards[rewards.length - 1] = rewards.at(-1) + score;
    return rewards;
}
/** The score of a reply with its penalties taken off. */
export function penalized(score, reply, p) {
    return score - (reply.stopped ? 0 : p.noStop) - p.length * Math.max(0, reply.tokens - p.freeTokens);
}
/**
 * Generalized advantage estimation (Schulman et al. 2016) over the tokens of one reply, behind whose last token nothing comes:
 * A_t = δ_t + γ λ A_(t+1), δ_t = r_t + γ v_(t+1) - v_t; returns are A + v.
 */
export function gae(rewards, values, { gamma = 1, lambda = 0.95 } = {}) {
    const advantages = new Array(rewards.length);
    let [next, after] = [0, 0];
    for (let t = rewards.length - 1; t >= 0; t--) {
        const value = values[t];
        next = rewards[t] + gamma * after - value + gamma * lambda * next;
        advantages[t] = next;
        after = value;
    }
    return { advantages, returns: advantages.map((a, t) => a + values[t]) };
}
/** Brings all numbers of some lists together to mean 0 and standard deviation 1 (over n - 1, 1e-8 added to the variance); fewer than two stay. */
export function whiten(lists, { keepMean = false } = {}) {
    const all = lists.flat();
    if (all.length < 2)
        return lists.map((list) => [...list]);
    const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
    const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1);
    const scale = 1 / Math.sqrt(variance + 1e-8);
    return lists.map((list) => list.map((x) => (x - mean) * scale + (keepMean ? mean : 0)));
}
/** The share of the variance of `returns` that `values` explain: 1 where they are equal, 0 and less where a constant would do as well. */
export function explainedVariance(returns, values) {
    const variance = (x) => {
        const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
        return x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
    };
    const all = variance(returns);
    return all === 0 ? 0 : 1 - variance(returns.map((r, i) => r - values[i])) / all;
}
//# sourceMappingURL=advantages.js.map