// RLHF-V (Yu et al. 2023, arXiv:2312.00849) on a model that has learned to guess (recipes/guessing.ts): its own captions, with what is false in them corrected by the truth of
// the scene, are preferred to what it wrote. Dense DPO: the corrected tokens weigh gamma = 5; the
// likelihood of the corrected reply is learned beside it (sft), without which these small models learn to say less, not to look.
// Must show: CHAIR-i at equal coverage lower than before, outside the interval of the change, on scenes of other seeds; `loss=sigmoid` beside it.
//
//   sensorium train recipes/rlhf-v.ts --out runs/rlhf-v [model=FOLDER] [loss=sigmoid] [seed=1]
//   sensorium dpo MODEL --data openbmb/RLHF-V-Dataset --loss dense --lora 16          the published data

import type { FinishContext } from '../src/cli/recipe-module.js';
import { lora, open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { LOOKING } from './guessing.js';
import { measureTrust } from './parts/measure-trust.js';
import { sampledPairs } from './parts/sampled-pairs.js';

/** Measures the model before and after: `results/rlhf-v.json`. */
export const finish = (context: FinishContext): Promise<void> =>
  measureTrust(context, {
    name: 'rlhf-v',
    what: 'Dense DPO on corrected segments: CHAIR-i at equal coverage before and after',
    dials: LOOKING,
    n: 150,
  });

export default defineRecipe({
  name: 'rlhf-v',
  model: open('runs/guessing/model', { adapters: [lora({ rank: 16, targets: 'all-linear' })] }),
  stages: [
    stage.dpo({
      train: ['adapters'],
      data: sampledPairs({ scenes: 600, seed: 41, n: 2, temperature: 1, pairs: 'corrected' }),
      loss: 'dense',
      sft: 1,
      steps: 200,
      batch: 8,
      shuffle: true,
      lr: 1e-3,
      minRatio: 0.1,
    }),
  ],
});
