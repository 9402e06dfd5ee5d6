// LLaMA-Adapter (Zhang et al. 2023, arXiv:2303.16199): prompts in the upper layers behind gates that open from zero, with the image added to them.
// Must show: the model to the bit where it begins (a test), then conversations and reasons no worse than the base's, from a few thousand numbers.
//
//   sensorium train recipes/llama-adapter.ts --out runs/llama-adapter [seed=1]

import { worldInstructions } from '../src/data/index.js';
import { llamaAdapter, open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { TUNE } from './parts/instruct.js';
import { VQA } from './parts/stages.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('llama-adapter', {
  system: 'LLaMA-Adapter',
  own: 'learned prompts in the upper layers that tokens attend to by a softmax of their own, behind gates that open from zero',
  paper: 'Zhang et al. 2023, arXiv:2303.16199',
  published: 'CLIP, LLaMA 7B with 10 prompts in the upper 30 layers, 1.2 M trained; 52 k instructions, an hour on 8 A100',
  tokens: 64,
  ...VQA,
});

export default defineRecipe({
  name: 'llama-adapter',
  model: open('models/sensorium-tiny', { adapters: [llamaAdapter({ prompts: 10, layers: 3, images: true })] }),
  stages: [
    stage.instruct({
      train: ['adapters'],
      data: worldInstructions({ kinds: ['conversation', 'reasoning'], scenes: 20_000, seed: 93, turns: 4 }),
      steps: 250,
      ...TUNE,
      lr: 9e-3,
    }),
  ],
});
