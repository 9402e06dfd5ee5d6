// LLaVA-RLHF (Sun et al. 2023, arXiv:2309.14525) for a model that has learned to guess: a reward model that is told a true caption beside each image (Fact-RLHF) learns from
// pairs of captions and of the policy's own replies, graded by the truth, and PPO trains the model of recipes/guessing.ts against it, stopped early by the held-out true score.
// Must show: accuracy of the reward model on held-out pairs >= 0.85, near 0.5 with images and facts exchanged; CHAIR-i at equal coverage lower than that
// of the base, outside the intervals. Written to results/llava-rlhf.json; at most 25 minutes on two cores.
//
//   sensorium train recipes/llava-rlhf.ts --out runs/llava-rlhf [seed=1]                     POLICY=FOLDER: another model that guesses

import type { FinishContext } from '../src/cli/recipe-module.js';
import { open, rewardHead } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { finishRlhf, judgedPairs } from './parts/rlhf.js';

/** Trains against the reward model and measures both. */
export const finish = (context: FinishContext): Promise<void> =>
  finishRlhf(context, {
    name: 'llava-rlhf',
    what: 'Fact-RLHF for a model that has learned to guess: a reward model with captions, then PPO; captions of unusual scenes before and after; scene world',
    command: 'sensorium train recipes/llava-rlhf.ts --out runs/llava-rlhf',
    steps: 160,
    kl: 0.01,
    patience: 5,
    n: 300,
  });

export default defineRecipe({
  name: 'llava-rlhf',
  seed: 0,
  model: open('runs/biased/model', { adapters: [rewardHead()] }),
  stages: [
    stage.reward({
      train: ['adapters', 'connector', 'language'],
      data: judgedPairs(6000, 51),
      steps: 1000,
      batch: 12,
      lr: 4e-4,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.05,
      holdout: 96,
    }),
  ],
});
