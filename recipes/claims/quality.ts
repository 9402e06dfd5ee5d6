// Claim: quality beats quantity. sensorium-tiny meets a drawing style that it has not seen, in a few scenes with true words or in ten times as
// many of which two in five have the words of another scene; the steps are the same.
//   sensorium train recipes/claims/quality.ts --sweep variant=few-clean,many-noisy,many-clean seed=1,2,3 --out runs/claims/quality
// Reproduced if few-clean beats many-noisy on the held-out scenes of that style, over the seeds.

import { open } from '../../src/models.js';
import { defineRecipe, type SceneSource, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { claimed, measured, mismatched, QUESTIONS, SHORT } from '../parts/claim.js';

const scenes = (n: number) => world.instructions({ split: 'test-style', scenes: n, seed: 41, turns: 8 });
const learn = (data: SceneSource) => ({ stages: [stage.instruct({ ...SHORT, train: ['connector', 'language'], data })] });

/** Compares the variants, seed by seed: `results/claims`. */
export const finishSweep = claimed('quality', {
  claim: 'Quality beats quantity',
  experiment:
    'sensorium-tiny meets a drawing style that it has not seen, in 400 scenes with true words or in 4,000 of which two in five have the words of another scene; as many steps',
  checks: [
    {
      says: 'few clean rows against many noisy ones, questions about that style',
      of: { variant: 'few-clean', metrics: QUESTIONS },
      than: { variant: 'many-noisy', metrics: QUESTIONS },
      rule: 'above',
      margin: 0,
    },
  ],
});

export const finish = measured('quality', { over: { split: 'test-style', language: 'en' } });

export default defineRecipe({
  name: 'claim-quality',
  model: open('models/sensorium-tiny'),
  ...learn(scenes(400)),
  variants: {
    'few-clean': learn(scenes(400)),
    'many-noisy': learn(mismatched(scenes(4000), 0.4)),
    'many-clean': learn(scenes(4000)),
  },
});
