// Reward hacking made visible (Gao et al. 2023, arXiv:2210.10760): PPO as in recipes/llava-rlhf.ts, but against a reward model that has learned from 1/20 of
// the pairs, with hardly a price on leaving the start, and on to the end.
// Must show: the learned reward rises on while the true score falls; results/reward-hacking.svg shows where they part.
//
//   sensorium train recipes/reward-hacking.ts --out runs/reward-hacking [seed=1]                     POLICY=FOLDER: another model that guesses

import type { FinishContext } from '../src/cli/recipe-module.js';
import { open, rewardHead } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { finishRlhf, gradedPairs } from './parts/rlhf.js';

/** Trains against the reward model and measures both. */
export const finish = (context: FinishContext): Promise<void> =>
  finishRlhf(context, {
    name: 'reward-hacking',
    what: 'PPO against a reward model that has learned from 1/20 of the pairs: learned reward and true score part; scene world',
    command: 'sensorium train recipes/reward-hacking.ts --out runs/reward-hacking',
    steps: 200,
    kl: 0.002,
    patience: 0,
    n: 100,
  });

export default defineRecipe({
  name: 'reward-hacking',
  seed: 0,
  model: open('runs/biased/model', { adapters: [rewardHead()] }),
  stages: [
    stage.reward({
      train: ['adapters', 'connector', 'language'],
      data: gradedPairs(240, 51),
      steps: 80,
      batch: 12,
      lr: 4e-4,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.05,
      blindEvery: 0,
    }),
  ],
});
