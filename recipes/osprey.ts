// Osprey (Yuan et al. 2023, arXiv:2312.10032): a region is two rows, features of several levels pooled over its mask, and the mask's own shape.
// Must show: the color of a pointed thing among its twins >= 0.85, <= 0.6 without the region.
//
//   sensorium train recipes/osprey.ts --out runs/osprey [seed=1]
//   sensorium ask scene.png "What is this?" --point 20,24 --model runs/osprey/model

import { osprey } from '../src/models.js';
import { finishRegions, regionRecipe } from './parts/regions.js';

export const finish = finishRegions('osprey', {
  system: 'Osprey',
  own: 'mask pooling at every level of the tower, and a token for the shape of the mask',
  paper: 'Yuan et al. 2023, arXiv:2312.10032',
  published:
    'OpenCLIP ConvNeXt-L at 512 px with four levels (192, 384, 768, 1536), Vicuna 7B; Osprey-724K, three stages; masks at 112 x 112',
});

export default regionRecipe('osprey', [osprey({ layers: [0, 1, 2, 3], hidden: 128, shape: 16 })]);
