// Qwen-VL (Bai et al. 2023, arXiv:2308.12966): one cross-attention from learned queries with 2-D positions, and three stages: tower and adapter on
// captions with the language model frozen, all of it on many tasks, then adapter and language model on dialogues with the tower frozen.
// Must show: answers at least 0.15 above its blind row with a quarter of the tokens.
//
//   sensorium train recipes/qwen-vl.ts --out runs/qwen-vl [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { mllm, qwenVlAdapter } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('qwen-vl', {
  system: 'Qwen-VL',
  own: 'an adapter of one cross-attention with learned queries and 2-D positions on queries and keys; three stages',
  paper: 'Bai et al. 2023, arXiv:2308.12966',
  published: 'ViT-bigG/14 at 224 then 448 px, 256 queries, Qwen 7B; 1.4 B pairs, 77 M rows of seven tasks, 350 k dialogues',
  tokens: 16,
  benchmark: ofWorld(worldVqa),
  score: 'pooled',
  rows: 100,
});

const LEARN = { batch: 10, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, minRatio: 0.05, maxLength: 208 };
const tasks = world.instructions({ scenes: 200_000, seed: 28, language: 'mixed', chinese: 0.2, lists: 0.5, turns: 12, captions: 0.3 });
const dialogues = world.instructions({ scenes: 200_000, seed: 29, turns: 12, captions: 0.1, lists: 0.2, candidates: 2 });

export default defineRecipe({
  name: 'qwen-vl',
  model: mllm({
    vision: worldClip(),
    connector: qwenVlAdapter({ tokens: 16, heads: 4 }),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    stage.pretrain({
      ...LEARN,
      name: 'pretrain',
      train: ['vision', 'connector'],
      data: world.captions({ scenes: 100_000, seed: 27, language: 'mixed', chinese: 0.23 }),
      steps: 200,
      lr: 2e-3,
      learningRates: { vision: 2e-4 },
    }),
    stage.instruct({
      ...LEARN,
      name: 'multitask',
      train: ['vision', 'connector', 'language'],
      data: tasks,
      steps: 300,
      lr: 1e-3,
      learningRates: { vision: 2e-4 },
    }),
    stage.instruct({ ...LEARN, name: 'sft', train: ['connector', 'language'], data: dialogues, steps: 400, lr: 1e-3 }),
  ],
});
