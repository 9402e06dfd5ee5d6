// LLaVA-NeXT (Liu et al. 2024, blog "LLaVA-NeXT: Improved reasoning, OCR, and world knowledge"): the grid of tiles that fits the image best, each through
// the tower, beside the whole image; a learned row ends each line of the grid.
// Must show: small objects, answered at least 0.15 above the blind row; recipes/studies/resolution.ts has the same without tiles.
//
//   sensorium train recipes/llava-next.ts --out runs/llava-next [seed=1]

import { mlp, tiles } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { before, overSmall, smallVqa, tower } from './parts/resolution.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('llava-next', {
  system: 'LLaVA-NeXT',
  own: 'a grid of tiles of any shape beside the whole image, its lines ended by a learned row',
  paper: 'Liu et al. 2024, llava-vl.github.io/blog/2024-01-30-llava-next',
  published:
    'CLIP ViT-L/14 at 336 px with grids up to 672 x 672, 1008 x 336; Vicuna 7B to Nous-Hermes-Yi 34B; 1.3 M samples, all parts trained',
  tokens: 88,
  benchmark: smallVqa,
  score: 'pooled',
  rows: 100,
});

export default defineRecipe({
  name: 'llava-next',
  ...before(
    tiles({
      of: tower,
      grids: [
        [2, 2],
        [1, 2],
        [2, 1],
        [1, 3],
        [3, 1],
      ],
    }),
    mlp({ shuffle: 2 }),
  ),
  stages: overSmall({ align: 120, instruct: 500 }),
});
