// Lynx (Zeng et al. 2023, arXiv:2307.02469): image rows as a prefix of the text, and a bottleneck adapter behind every layer of a frozen language model.
// Must show: answers at least 0.15 above the blind row with connector and adapters trained alone.
//
//   sensorium train recipes/lynx.ts --out runs/lynx [seed=1]

import { lynx, mllm, perceiver } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct, VQA } from './parts/stages.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('lynx', {
  system: 'Lynx',
  own: 'a bottleneck adapter behind every layer of a frozen language model, image rows as a prefix',
  paper: 'Zeng et al. 2023, arXiv:2307.02469',
  published:
    'EVA-CLIP ViT-G, resampler with 32 queries, Vicuna 7B with adapters of 2,048 behind every layer; 14 B pretraining tokens, 20 tasks',
  tokens: 32,
  ...VQA,
});

export default defineRecipe({
  name: 'lynx',
  model: mllm({ vision: worldClip(), connector: perceiver({ queries: 32, layers: 2 }), language: worldLlama(), adapters: [lynx()] }),
  from: SHIPPED,
  stages: [align(['connector', 'adapters'], 250), instruct(['connector', 'adapters'], 600)],
});
