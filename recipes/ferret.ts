// Ferret (You et al. 2023, arXiv:2310.07704): a region of any shape is one row, made of features at points in it by a spatial-aware sampler.
// Must show: the color of a pointed thing among its twins >= 0.85, <= 0.6 without the region.
//
//   sensorium train recipes/ferret.ts --out runs/ferret [seed=1]
//   sensorium ask scene.png "What color is this?" --box 10,12,30,34 --model runs/ferret/model

import { ferret } from '../src/models.js';
import { finishRegions, regionRecipe } from './parts/regions.js';

export const finish = finishRegions('ferret', {
  system: 'Ferret',
  own: 'points sampled in a region, two rounds of neighbors and pooling: one row for any shape',
  paper: 'You et al. 2023, arXiv:2310.07704',
  published:
    'CLIP ViT-L/14 at 336 px, Vicuna 7B and 13B; points 512, 128, 32, 24 neighbors; GRIT 1.1M, 3 epochs, lr 2e-5; RefCOCO 87.5 and 89.5',
});

// Features of the tower's first state too: where little has been mixed, a color stands in its own place.
export default regionRecipe('ferret', [ferret({ layers: [0, -1], points: [64, 16, 4], neighbors: 8 })]);
