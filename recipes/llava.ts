// LLaVA (Liu et al. 2023, arXiv:2304.08485): a vision tower, a projection, a language model; the projection learns first, then projection and language model.
// Must show: answers at least 0.15 above its blind row. The quickstart is the same with more steps.
//
//   sensorium train recipes/llava.ts --out runs/llava [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { SHIPPED } from './parts/shipped.js';
import { finishZoo, ofWorld } from './parts/zoo.js';
import { joinRecipe } from './quickstart.js';

export const finish = finishZoo('llava', {
  system: 'LLaVA',
  own: 'an MLP between tower and language model, trained first alone, then with the language model on instructions',
  paper: 'Liu et al. 2023, arXiv:2304.08485',
  published: 'CLIP ViT-L/14 at 224 px, Vicuna 13B; 595 k pairs for the projection, 158 k instructions for projection and language model',
  tokens: 64,
  benchmark: ofWorld(worldVqa),
  score: 'pooled',
  rows: 100,
});

export default joinRecipe('llava', SHIPPED, { pretrain: 150, instruct: 500 });
