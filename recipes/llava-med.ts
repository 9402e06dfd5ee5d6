// LLaVA-Med (Li et al. 2023, arXiv:2306.00890): a LLaVA of another field in two stages, the connector from captions, then all but the tower from
// instructions. The field is phantoms: gray ellipses, which are not medical images; nothing here says anything of medicine.
// Must show: 0.15 or more above the blind row on phantoms.
//
//   sensorium train recipes/llava-med.ts --out runs/llava-med [seed=1]

import { worldMedia } from '../src/data/index.js';
import { mediaBenchmark } from '../src/evaluate/index.js';
import { mllm, mlp } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { phantoms } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('llava-med', {
  system: 'LLaVA-Med (on phantoms)',
  own: 'a curriculum for a field: its words from captions, then its questions; here phantoms, not medical images',
  paper: 'Li et al. 2023, arXiv:2306.00890',
  published: 'LLaVA-7B; 600K pairs of PMC-15M for the connector, 60K instructions for all but the tower; 15 hours on eight A100',
  tokens: 16,
  benchmark: () => mediaBenchmark(phantoms.world, { seed: 77 }),
});

const tune = { batch: 24, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, maxLength: 160 };

export default defineRecipe({
  name: 'llava-med',
  model: mllm({
    vision: worldClip(),
    connector: mlp({ shuffle: 2 }),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    stage.pretrain({
      name: 'words',
      train: ['connector'],
      data: worldMedia(phantoms({ items: 6000, seed: 51, turns: 0 })),
      steps: 150,
      ...tune,
      lr: 3e-3,
    }),
    stage.instruct({
      name: 'instruct',
      train: ['connector', 'language'],
      data: worldMedia(phantoms({ items: 6000, seed: 52, turns: 4, captions: 0.3 })),
      steps: 1000,
      ...tune,
      lr: 1e-3,
      minRatio: 0.05,
    }),
  ],
});
