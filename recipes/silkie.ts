// Silkie (Li et al. 2023, arXiv:2312.10665) on a model that has learned to guess (recipes/guessing.ts): several replies to each scene are rated on three axes (helpfulness, visual
// faithfulness, ethics), here by the truth of the scene in place of GPT-4V, and low-rank DPO prefers the better one of every two.
// Must show: CHAIR-i at equal coverage lower than before, outside the interval of the change, on scenes of other seeds.
//
//   sensorium train recipes/silkie.ts --out runs/silkie [model=FOLDER] [seed=1]
//   sensorium data preferences MODEL --data FILE --judge URL --judge-model NAME --pairs all --out pairs.jsonl          a judge, images of one's own
//   sensorium dpo MODEL --data MMInstruction/VLFeedback --axis mean --lora 16                                         the published data

import type { FinishContext } from '../src/cli/recipe-module.js';
import { lora, open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { LOOKING } from './guessing.js';
import { measureTrust } from './parts/measure-trust.js';
import { sampledPairs } from './parts/sampled-pairs.js';

/** Measures the model before and after: `results/silkie.json`. */
export const finish = (context: FinishContext): Promise<void> =>
  measureTrust(context, {
    name: 'silkie',
    what: 'Low-rank DPO on replies rated on three axes: CHAIR-i at equal coverage before and after',
    dials: LOOKING,
    n: 150,
  });

export default defineRecipe({
  name: 'silkie',
  model: open('runs/guessing/model', { adapters: [lora({ rank: 16, targets: 'all-linear' })] }),
  stages: [
    stage.dpo({
      train: ['adapters'],
      data: sampledPairs({ scenes: 400, seed: 42, n: 4, temperature: 1, pairs: 'all' }),
      sft: 1,
      steps: 200,
      batch: 8,
      shuffle: true,
      lr: 1e-3,
      minRatio: 0.1,
    }),
  ],
});
