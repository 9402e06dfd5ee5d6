// Rewards of completions: the registry by name.

export { claimScore } from './claims.js';
export { REWARDS, type RewardRow, reward } from './rewards.js';
