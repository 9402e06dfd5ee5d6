// Monkey (Li et al. 2023, arXiv:2311.06607): windows of a large image through one tower, each window with a low-rank term of its own, and a resampler whose
// queries all windows share; the whole image beside them.
// Must show: small objects, answered at least 0.15 above the blind row, with the tower itself frozen.
//
//   sensorium train recipes/monkey.ts --out runs/monkey [seed=1]

import { qwenVlAdapter, windows } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { before, overSmall, smallVqa, tower } from './parts/resolution.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('monkey', {
  system: 'Monkey',
  own: 'windows with low-rank terms of their own, a resampler that all of them share',
  paper: 'Li et al. 2023, arXiv:2311.06607',
  published:
    'ViT-bigG of Qwen-VL, six windows of 448 px (896 x 1344) and the whole image, 256 queries for each; rank 16 in attention, 32 in the feed-forward; Qwen 7B; 1.44 M samples',
  tokens: 80,
  benchmark: smallVqa,
  score: 'pooled',
  rows: 100,
});

export default defineRecipe({
  name: 'monkey',
  ...before(windows({ of: tower, grid: [2, 2], attention: 4, mlp: 8 }), qwenVlAdapter({ tokens: 16, heads: 4 })),
  stages: overSmall({ align: 150, instruct: 500 }, ['adapters']),
});
