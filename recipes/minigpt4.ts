// MiniGPT-4 (Zhu et al. 2023, arXiv:2304.10592): encoder and language model frozen, one linear layer between them that learns twice, first from
// many short captions, then from few descriptions that were written, cleaned and chosen (sensorium data instruct --kinds minigpt4).
// Must show: captions and questions above the blind row with one layer trained. The curated stage is short: it teaches how to talk, not to see.
//
//   sensorium train recipes/minigpt4.ts --out runs/minigpt4 [seed=1]

import { worldInstructions } from '../src/data/index.js';
import { linear, mllm } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { finishInstruct } from './parts/instruct.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';

export const finish = finishInstruct('minigpt4', { shows: 'one linear layer is enough to be above the blind row' });

export default defineRecipe({
  name: 'minigpt4',
  model: mllm({
    vision: worldClip(),
    connector: linear(),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    stage.pretrain({
      name: 'align',
      train: ['connector'],
      data: world.captions({ scenes: 100_000, seed: 21, detail: 'short' }),
      steps: 300,
      batch: 16,
      lr: 3e-3,
      maxLength: 208,
    }),
    stage.instruct({
      name: 'curated',
      train: ['connector'],
      data: worldInstructions({ kinds: ['minigpt4'], scenes: 3500, seed: 22 }),
      steps: 60,
      batch: 10,
      lr: 5e-4,
      maxLength: 256,
    }),
  ],
});
