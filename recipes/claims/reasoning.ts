// Claim: data that asks for reasoning helps. sensorium-tiny meets an unseen drawing style through captions, through questions that name what is
// there (existence, color), or through questions that count and relate; the steps are the same.
//   sensorium train recipes/claims/reasoning.ts --sweep variant=captions,naming,reasoning seed=1,2,3 --out runs/claims/reasoning
// Reproduced if `reasoning` beats the others on counts and relations of that style without losing on existence.

import { open } from '../../src/models.js';
import { defineRecipe, type SceneSource, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { claimed, measured, SHORT } from '../parts/claim.js';

const style = { split: 'test-style', scenes: 4000, seed: 41 } as const;
const learn = (data: SceneSource) => ({ stages: [stage.instruct({ ...SHORT, train: ['connector', 'language'], data })] });
const reasoning = learn(world.instructions({ ...style, turns: 8, types: ['count', 'relation'], captions: 0 }));

/** Compares the variants, seed by seed: `results/claims`. */
export const finishSweep = claimed('reasoning', {
  claim: 'Data that asks for reasoning helps',
  experiment:
    'sensorium-tiny meets an unseen drawing style through captions, through questions that name things, or through questions that count and relate; as many steps',
  checks: [
    ...(['captions', 'naming'] as const).map((variant) => ({
      says: `reasoning against ${variant}, counts and relations`,
      of: { variant: 'reasoning', metrics: ['VQA count', 'VQA relation'] },
      than: { variant, metrics: ['VQA count', 'VQA relation'] },
      rule: 'above' as const,
      margin: 0,
    })),
    {
      says: 'reasoning against captions, existence',
      of: { variant: 'reasoning', metrics: ['VQA existence'] },
      than: { variant: 'captions', metrics: ['VQA existence'] },
      rule: 'at least',
      margin: -0.05,
    },
  ],
});

export const finish = measured('reasoning', { over: { split: 'test-style', language: 'en' } });

export default defineRecipe({
  name: 'claim-reasoning',
  model: open('models/sensorium-tiny'),
  ...reasoning,
  variants: {
    captions: learn(world.captions({ ...style, detail: 'long' })),
    naming: learn(world.instructions({ ...style, turns: 8, types: ['existence', 'color'], captions: 0 })),
    reasoning,
  },
});
