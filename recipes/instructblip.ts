// InstructBLIP (Dai et al. 2023, arXiv:2305.06500): the Q-Former reads the instruction beside the image, so that few queries take what is asked for; tower
// and language model stay frozen.
// Must show: answers at least 0.15 above its blind row; studies/qformer.ts has the same without the instruction, which few queries must be worse with.
//
//   sensorium train recipes/instructblip.ts --out runs/instructblip [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { mllm, qformer } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('instructblip', {
  system: 'InstructBLIP',
  own: 'a Q-Former whose queries attend to the words of the instruction, so that what they take from the image depends on the question',
  paper: 'Dai et al. 2023, arXiv:2305.06500',
  published:
    'ViT-g/14, Q-Former of 188 M and 32 queries, FlanT5-XXL or Vicuna 13B; 13 held-in data sets by the root of their sizes, 60 k steps',
  tokens: 32,
  benchmark: ofWorld(worldVqa),
  score: 'pooled',
  rows: 100,
});

export const model = (instruction: boolean) =>
  mllm({
    vision: worldClip(),
    connector: qformer({ queries: 32, width: 128, layers: 4, heads: 4, feedForward: 256, text: 32, instruction }),
    language: worldLlama(),
  });

export default defineRecipe({
  name: 'instructblip',
  model: model(true),
  from: SHIPPED,
  stages: [
    stage.qformer({
      name: 'represent',
      data: world.captions({ scenes: 100_000, seed: 24, detail: 'long' }),
      steps: 300,
      batch: 16,
      lr: 2e-3,
      weightDecay: 0.05,
    }),
    stage.instruct({
      train: ['connector'],
      data: world.instructions({ scenes: 200_000, seed: 26, turns: 1, captions: 0.05 }),
      steps: 2400,
      batch: 16,
      lr: 2e-3,
      betas: [0.9, 0.98],
      minRatio: 0.05,
      maxLength: 136,
    }),
  ],
});
