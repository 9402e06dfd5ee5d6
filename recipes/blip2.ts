// BLIP-2 (Li et al. 2023, arXiv:2301.12597): a Q-Former between a frozen tower and a frozen language model, trained in two stages: to contrast, match and
// write texts of images (three losses under three masks), then to say what it has read in tokens that the language model understands.
// Must show: answers at least 0.15 above its blind row with nothing but the Q-Former trained. studies/qformer.ts leaves the first stage out.
//
//   sensorium train recipes/blip2.ts --out runs/blip2 [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { mllm, qformer } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('blip2', {
  system: 'BLIP-2',
  own: 'a Q-Former of learned queries, first trained on image-text contrast, matching and generation, then before a frozen language model',
  paper: 'Li et al. 2023, arXiv:2301.12597',
  published: 'ViT-g/14, Q-Former of 188 M and 32 queries, OPT or FlanT5 to 11 B; 129 M pairs, 250 k and 80 k steps',
  tokens: 32,
  benchmark: ofWorld(worldVqa),
  score: 'pooled',
  rows: 100,
});

export const represent = stage.qformer({
  name: 'represent',
  data: world.captions({ scenes: 100_000, seed: 24, detail: 'long' }),
  steps: 400,
  batch: 16,
  lr: 2e-3,
  weightDecay: 0.05,
});
export const generate = stage.pretrain({
  name: 'generate',
  train: ['connector'],
  data: world.instructions({ scenes: 200_000, seed: 25, lists: 0.5, turns: 12, captions: 0.1 }),
  steps: 900,
  batch: 12,
  lr: 2e-3,
  betas: [0.9, 0.98],
  minRatio: 0.05,
  maxLength: 224,
});

export default defineRecipe({
  name: 'blip2',
  model: mllm({
    vision: worldClip(),
    connector: qformer({ queries: 32, width: 128, layers: 4, heads: 4, feedForward: 256, text: 40 }),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [represent, generate],
});
