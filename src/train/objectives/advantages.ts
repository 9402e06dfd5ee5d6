// From scores of whole replies to advantages of their tokens: penalties, KL to the start, generalized advantage estimation, whitening.

/** Estimates of the KL divergence of one token (Schulman 2020): the log-ratio (k1), its square by 2 (k2), exp(-d) + d - 1, which is never negative (k3). */
export const KL_ESTIMATES = {
  k1: (d: number): number => d,
  k2: (d: number): number => (d * d) / 2,
  k3: (d: number): number => Math.exp(-d) + d - 1,
} as const;

export type KlEstimate = keyof typeof KL_ESTIMATES;

/** How rewards of tokens are made. */
export interface TokenRewardOptions {
  /** Strength of the KL divergence to the policy that training began with. */
  kl: number;
  /** Default k1, whose mean is the divergence itself. */
  estimate?: KlEstimate;
}

/**
 * Rewards of the tokens of one reply: at each token -kl · estimate(log p - log p of the start), and the score at the last one (Ziegler et al.
 * 2019). `logProbs` and `start`: [tokens], at least one.
 */
export function tokenRewards(
  { score, logProbs, start }: { score: number; logProbs: readonly number[]; start: readonly number[] },
  { kl, estimate = 'k1' }: TokenRewardOptions,
): number[] {
  const of = KL_ESTIMATES[estimate];
  const rewards = logProbs.map((logProb, t) => -kl * of(logProb - (start[t] as number)));
  rewards[rewards.length - 1] = (rewards.at(-1) as number) + score;
  return rewards;
}

/** What a reply loses beside its score, as in LLaVA-RLHF. */
export interface Penalties {
  /** For a reply that was cut before its end. */
  noStop: number;
  /** For each token beyond `freeTokens`. */
  length: number;
  freeTokens: number;
}

/** The score of a reply with its penalties taken off. */
export function penalized(score: number, reply: { tokens: number; stopped: boolean }, p: Penalties): number {
  return score - (reply.stopped ? 0 : p.noStop) - p.length * Math.max(0, reply.tokens - p.freeTokens);
}

/** How far ahead rewards count. */
export interface GaeOptions {
  /** Discount of what comes a token later. Default 1. */
  gamma?: number;
  /** Between one-step differences (0) and whole returns (1). Default 0.95. */
  lambda?: number;
}

/**
 * Generalized advantage estimation (Schulman et al. 2016) over the tokens of one reply, behind whose last token nothing comes:
 * A_t = δ_t + γ λ A_(t+1), δ_t = r_t + γ v_(t+1) - v_t; returns are A + v.
 */
export function gae(
  rewards: readonly number[],
  values: readonly number[],
  { gamma = 1, lambda = 0.95 }: GaeOptions = {},
): { advantages: number[]; returns: number[] } {
  const advantages = new Array<number>(rewards.length);
  let [next, after] = [0, 0];
  for (let t = rewards.length - 1; t >= 0; t--) {
    const value = values[t] as number;
    next = (rewards[t] as number) + gamma * after - value + gamma * lambda * next;
    advantages[t] = next;
    after = value;
  }
  return { advantages, returns: advantages.map((a, t) => a + (values[t] as number)) };
}

/** Brings all numbers of some lists together to mean 0 and standard deviation 1 (over n - 1, 1e-8 added to the variance); fewer than two stay. */
export function whiten(lists: readonly (readonly number[])[], { keepMean = false }: { keepMean?: boolean } = {}): number[][] {
  const all = lists.flat();
  if (all.length < 2) return lists.map((list) => [...list]);
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1);
  const scale = 1 / Math.sqrt(variance + 1e-8);
  return lists.map((list) => list.map((x) => (x - mean) * scale + (keepMean ? mean : 0)));
}

/** The share of the variance of `returns` that `values` explain: 1 where they are equal, 0 and less where a constant would do as well. */
export function explainedVariance(returns: readonly number[], values: readonly number[]): number {
  const variance = (x: readonly number[]): number => {
    const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
    return x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  };
  const all = variance(returns);
  return all === 0 ? 0 : 1 - variance(returns.map((r, i) => r - (values[i] as number))) / all;
}
