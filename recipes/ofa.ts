// Location tokens as OFA has them (Wang et al. 2022, arXiv:2202.03052): each coordinate is one of the bins of one vocabulary that text and places share.
// Must show: IoU > 0.5 in at least 0.8 of expressions that name one object among its twins; blind, hardly any.
//
//   sensorium train recipes/ofa.ts --out runs/ofa [seed=1]

import { finishGrounding, groundingRecipe } from './parts/grounding.js';

export const finish = finishGrounding('ofa', {
  system: 'OFA (location tokens)',
  own: 'four location tokens for a box, one for each coordinate',
  paper: 'Wang et al. 2022, arXiv:2202.03052',
  published: 'an encoder-decoder of up to 930M, 1000 bins of each coordinate; here its location tokens in a decoder',
});

// One bin for each pixel.
export default groundingRecipe('ofa', { place: { name: 'ofa', bins: 64 } });
