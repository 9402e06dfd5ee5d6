// Claim: multimodal data in English alone give a bilingual language model eyes in Chinese too. The quickstart's stages with English alone, or
// with one conversation in five in Chinese; both are asked in Chinese. world-llama, which they begin with, reads both languages.
//   sensorium train recipes/claims/chinese.ts --sweep variant=english,mixed seed=1,2,3 --out runs/claims/chinese
// Reproduced if `english` answers Chinese questions far better than its blind row and than chance, whether or not `mixed` is better still.

import { defineRecipe } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { SHIPPED } from '../parts/shipped.js';
import { joinRecipe, worldMllm } from '../quickstart.js';

/** The quickstart with so much Chinese in its conversations. */
function stages(chinese: number) {
  const words = { language: 'mixed', chinese } as const;
  return joinRecipe(
    'chinese',
    {
      vision: 'models/world-clip',
      language: 'models/world-llama',
      pretrain: { data: world.instructions({ scenes: 200_000, seed: 3, lists: 1, ...words }) },
      instruct: {
        data: world.instructions({
          scenes: 400_000,
          seed: 4,
          turns: 13,
          types: ['existence', 'existence', 'color', 'count', 'relation', 'text'],
          captions: 0.15,
          lists: 0.3,
          ...words,
        }),
      },
    },
    { pretrain: 150, instruct: 800 },
  ).stages;
}

/** Compares the variants, seed by seed: `results/claims`. */
export const finishSweep = claimed('chinese', {
  claim: 'Multimodal data in English alone gives ability in Chinese, through a language model that reads both',
  experiment:
    'The stages of the quickstart with English alone or with one conversation in five in Chinese, over a bilingual language model; questions in Chinese',
  checks: [
    {
      says: 'English alone against the same without the images, questions in Chinese',
      of: { variant: 'english', metrics: QUESTIONS },
      than: { variant: 'english', metrics: QUESTIONS.map((name) => `blind ${name}`) },
      rule: 'above',
      margin: 0.1,
    },
  ],
});

export const finish = measured('chinese', { over: { split: 'test', language: 'zh' }, baselines: true });

export default defineRecipe({
  name: 'claim-chinese',
  model: worldMllm,
  from: SHIPPED,
  stages: stages(0),
  variants: { english: { stages: stages(0) }, mixed: { stages: stages(0.2) } },
});
