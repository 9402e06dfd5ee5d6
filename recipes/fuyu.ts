// Fuyu (Bavishi et al. 2023, adept.ai/blog/fuyu-8b): no tower. Patches of an image of any shape go through one linear layer into the decoder, which learns to
// see; a row end of the text follows each line of patches.
// Must show: colors of what is there, answered at least 0.15 above the blind row, over scenes of three shapes.
//
//   sensorium train recipes/fuyu.ts --out runs/fuyu [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { linear, mllm, patches } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { worldLlama } from './parts/shipped.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

/** Few objects, in landscape, square and portrait. */
const SCENES = { size: 64, aspect: [0.75, 1, 1.25], maxObjects: 2, text: 0 };

export const finish = finishZoo('fuyu', {
  system: 'Fuyu',
  own: 'no tower: raw patches through one linear layer, row by row, any shape',
  paper: 'Bavishi et al. 2023, adept.ai/blog/fuyu-8b',
  published: 'patches of 30 px of images up to 1920 x 1080 into Persimmon 8B',
  tokens: 72,
  benchmark: ofWorld(worldVqa, SCENES),
  score: 'color',
  rows: 100,
});

export default defineRecipe({
  name: 'fuyu',
  model: mllm({
    vision: patches({ patch: 8, most: [96, 96] }),
    connector: linear(),
    language: worldLlama(),
  }),
  from: { language: 'models/world-llama' },
  stages: [
    stage.instruct({
      ...{ train: ['connector', 'language'], steps: 700, batch: 12, maxLength: 208 },
      ...{ lr: 1.5e-3, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, minRatio: 0.03 },
      data: world.instructions({
        ...{ ...SCENES, scenes: 400_000, seed: 4, turns: 8, captions: 0.1, lists: 0.4 },
        types: ['color', 'existence'],
      }),
    }),
  ],
});
