// MoE-LLaVA (Lin et al. 2024, arXiv:2401.15947): the connector learns, then connector and language model, then the feed-forward of every second layer
// becomes four copies of itself behind a router that chooses two, and these alone learn on, with a loss that balances their loads.
// Must show: answers at least 0.15 above the blind row; the third stage begins where the second ended (copies are the dense layer, to rounding).
//
//   sensorium train recipes/moe-llava.ts --out runs/moe-llava [seed=1]

import { moe } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { after } from './parts/after.js';
import { SHIPPED } from './parts/shipped.js';
import { instruct, VQA } from './parts/stages.js';
import { finishZoo } from './parts/zoo.js';
import { joinRecipe } from './quickstart.js';

export const finish = finishZoo('moe-llava', {
  system: 'MoE-LLaVA',
  own: 'feed-forwards of a trained model become experts, copies of it behind a router, of which two compute a token',
  paper: 'Lin et al. 2024, arXiv:2401.15947',
  published:
    'CLIP ViT-L/14 at 336 px, Phi-2 2.7B with 4 experts in every second layer (3.6B active); 558 k, 964 k and 665 k samples in three stages',
  tokens: 64,
  ...VQA,
});

/** The first two stages: a LLaVA. */
const dense = joinRecipe('dense', SHIPPED, { pretrain: 150, instruct: 400 });

export default defineRecipe({
  name: 'moe-llava',
  state: after(dense, [moe({ experts: 4, active: 2, every: 2, balance: 0.01, capacity: 1.5 })]),
  describe: { after: dense.stages.map(({ name, options }) => ({ name, options })) },
  stages: [instruct(['adapters', 'language_model.*.mlp.*'], 200, { name: 'experts', lr: 7e-4 })],
});
