// Rewards of completions: the registry by name.
export { claimScore } from './claims.js';
export { REWARDS, reward } from './rewards.js';
//# sourceMappingURL=index.js.map