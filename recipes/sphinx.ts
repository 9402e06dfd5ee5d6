// SPHINX (Lin et al. 2023, arXiv:2311.07575): embeddings mixed, towers of several kinds side by side, and scales mixed, the parts of an image beside the
// whole of it. (It also mixes the weights of two tuned models: `sensorium merge`.)
// Must show: small objects, answered at least 0.15 above the blind row.
//
//   sensorium train recipes/sphinx.ts --out runs/sphinx [seed=1]

import { convNextVision, mixed, mlp, tiles } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { before, overSmall, smallVqa, tower } from './parts/resolution.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('sphinx', {
  system: 'SPHINX',
  own: 'tokens of several towers side by side, over the image and over its four parts',
  paper: 'Lin et al. 2023, arXiv:2311.07575',
  published:
    'CLIP ViT-L, CLIP ConvNeXt-XXL, DINOv2 ViT-g and a Q-Former at 224 px over the image and its four parts; LLaMA 2 13B; LAION-400M, then tasks mixed',
  tokens: 80,
  benchmark: smallVqa,
  score: 'pooled',
  rows: 100,
});

/** Small and fresh: it learns with the rest. */
const second = convNextVision({ convnext: { hidden_sizes: [24, 48], depths: [1, 1], num_stages: 2, image_size: 64 } });

export default defineRecipe({
  name: 'sphinx',
  ...before(tiles({ of: mixed({ encoders: [tower, second] }), grids: [[2, 2]], layout: 'list' }), mlp({ shuffle: 2 })),
  stages: overSmall({ align: 120, instruct: 450 }, ['vision_tower.of.encoders.1.*']),
});
