// Shikra (Chen et al. 2023, arXiv:2306.15195): places are numbers in plain text, [x0,y0,x1,y1] in 0..1; the vocabulary stays as it is.
// Must show: IoU > 0.5 in at least 0.8 of expressions that name one object among its twins; blind, hardly any.
//
//   sensorium train recipes/shikra.ts --out runs/shikra [seed=1]
//   sensorium ask kitchen.png "Where is the red cup?" --model runs/shikra/model --json

import { finishGrounding, groundingRecipe } from './parts/grounding.js';

export const finish = finishGrounding('shikra', {
  system: 'Shikra',
  own: 'coordinates as decimals in plain text',
  paper: 'Chen et al. 2023, arXiv:2306.15195',
  published: 'CLIP ViT-L/14 at 224 px, one linear layer, Vicuna 7B and 13B; 3 decimals; RefCOCO val 87.0',
});

// Two decimals are finer than a pixel of these images.
export default groundingRecipe('shikra', { place: { name: 'shikra', digits: 2 }, named: false, turns: 3, steps: [900, 2700] });
