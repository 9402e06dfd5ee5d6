// Claim: low-rank adapters tune as well as all weights. sensorium-tiny meets an unseen drawing style; its connector and language model learn as
// a whole, or adapters of rank 16 on their linear layers.
//   sensorium train recipes/claims/lora.ts --sweep variant=full,lora seed=1,2,3 --out runs/claims/lora
// Reproduced if the two are within 0.02 of each other on every score.

import { lora, open } from '../../src/models.js';
import { defineRecipe, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { claimed, measured, POPE, QUESTIONS, SHORT } from '../parts/claim.js';

const data = world.instructions({ split: 'test-style', scenes: 4000, seed: 41, turns: 8 });
const full = { stages: [stage.instruct({ ...SHORT, train: ['connector', 'language'], data })] };

/** Compares the variants, seed by seed: `results/claims`. */
export const finishSweep = claimed('lora', {
  claim: 'Low-rank adapters tune as well as all weights',
  experiment: 'sensorium-tiny meets an unseen drawing style; connector and language model learn whole, or adapters of rank 16 on them',
  checks: [
    {
      says: 'adapters against all weights, questions',
      of: { variant: 'lora', metrics: QUESTIONS },
      than: { variant: 'full', metrics: QUESTIONS },
      rule: 'within',
      margin: 0.02,
    },
    {
      says: 'adapters against all weights, POPE',
      of: { variant: 'lora', metrics: POPE },
      than: { variant: 'full', metrics: POPE },
      rule: 'within',
      margin: 0.02,
    },
  ],
});

export const finish = measured('lora', { over: { split: 'test-style', language: 'en' } });

export default defineRecipe({
  name: 'claim-lora',
  model: open('models/sensorium-tiny'),
  ...full,
  variants: {
    full,
    lora: {
      model: open('models/sensorium-tiny', { adapters: [lora({ rank: 16, targets: ['connector', 'language'] })] }),
      stages: [stage.instruct({ ...SHORT, lr: 3e-3, train: ['adapters'], data })],
    },
  },
});
