// CogVLM (Wang et al. 2023, arXiv:2311.03079): the language model stays as it is, and in every layer image tokens have projections and a feed-forward of
// their own, which begin as copies of the layer's.
// Must show: answers at least 0.15 above the blind row with a language model that never changed; text without an image is the base's to the bit (a test).
//
//   sensorium train recipes/cogvlm.ts --out runs/cogvlm [seed=1]

import { mllm, mlp, visualExpert } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct, VQA } from './parts/stages.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('cogvlm', {
  system: 'CogVLM',
  own: 'projections and feed-forward of their own for image tokens in every layer, begun as copies of the frozen language model',
  paper: 'Wang et al. 2023, arXiv:2311.03079',
  published:
    'EVA2-CLIP-E at 490 px, Vicuna 7B, visual expert in every layer (17B in all); 1.5 B pairs, then 40 M grounded images, 6,000 steps of tuning',
  tokens: 64,
  ...VQA,
});

export default defineRecipe({
  name: 'cogvlm',
  model: mllm({ vision: worldClip(), connector: mlp({ depth: 2 }), language: worldLlama(), adapters: [visualExpert()] }),
  from: SHIPPED,
  stages: [align(['connector', 'adapters'], 150), instruct(['connector', 'adapters'], 600)],
});
