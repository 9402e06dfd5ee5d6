// Kosmos-2 (Peng et al. 2023, arXiv:2306.14824): a box is two location tokens, the patches of its corners.
// Must show: IoU > 0.5 in at least 0.8 of expressions that name one object among its twins; blind, hardly any.
//
//   sensorium train recipes/kosmos2.ts --out runs/kosmos2 [seed=1]

import { finishGrounding, groundingRecipe } from './parts/grounding.js';

export const finish = finishGrounding('kosmos2', {
  system: 'Kosmos-2',
  own: 'two tokens for a box: the patches of its upper left and lower right corner',
  paper: 'Peng et al. 2023, arXiv:2306.14824',
  published: 'CLIP ViT-L/14, a decoder of 1.3B, 32 x 32 patches; GRIT, 91M images',
});

// Patches of 4 pixels: of 16 x 16, each is seen often enough in minutes.
export default groundingRecipe('kosmos2', { place: { name: 'kosmos-2', side: 16 } });
