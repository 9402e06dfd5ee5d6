// PointLLM (Xu et al. 2024, arXiv:2308.16911): groups of colored points through a small PointNet and a transformer, an MLP, a language model; first the
// connector from descriptions, then all but the encoder from instructions. No encoder of points is shipped here, so that it learns with both.
// Must show: shapes, colors and what is above what at 0.8 or more, the blind row at chance.
//
//   sensorium train recipes/point-llm.ts --out runs/point-llm [seed=1]

import { worldMedia } from '../src/data/index.js';
import { mediaBenchmark } from '../src/evaluate/index.js';
import { mllm, mlp, pointBert } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { points } from '../src/world/index.js';
import { worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('point-llm', {
  system: 'PointLLM',
  own: 'points in groups: farthest point sampling, a small PointNet of each, a transformer',
  paper: 'Xu et al. 2024, arXiv:2308.16911',
  published:
    'Point-BERT of 8192 colored points, 512 groups + class token; Vicuna-7B or 13B; 660K descriptions, 70K instructions of Objaverse',
  tokens: 16,
  benchmark: () => mediaBenchmark(points.world, { seed: 77 }),
});

const tune = { batch: 24, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, maxLength: 160 };

export default defineRecipe({
  name: 'point-llm',
  model: mllm({
    vision: pointBert({ channels: 6, groups: 16, size: 24, width: 96, layers: 2, heads: 4 }),
    connector: mlp(),
    language: worldLlama(),
  }),
  from: { language: 'models/world-llama' },
  stages: [
    stage.pretrain({
      name: 'describe',
      train: ['vision', 'connector'],
      data: worldMedia(points({ items: 20_000, seed: 41, turns: 0 })),
      steps: 300,
      ...tune,
      lr: 2e-3,
    }),
    stage.instruct({
      name: 'instruct',
      train: ['vision', 'connector', 'language'],
      data: worldMedia(points({ items: 40_000, seed: 42, turns: 4, captions: 0.5 })),
      steps: 900,
      ...tune,
      lr: 1e-3,
      minRatio: 0.05,
    }),
  ],
});
