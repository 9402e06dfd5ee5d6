// Video-ChatGPT (Maaz et al. 2024, arXiv:2306.05424): frames through a frozen CLIP, their means over space and over time side by side, one linear layer.
// Must show: order of events at 0.8 or more, where the blind row and films with their frames shuffled are at chance (0.5 of two).
//
//   sensorium train recipes/video-chatgpt.ts --out runs/video-chatgpt [seed=1]

import { worldMedia } from '../src/data/index.js';
import { mediaBenchmark } from '../src/evaluate/index.js';
import { frames, linear, mllm } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { videos } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('video-chatgpt', {
  system: 'Video-ChatGPT',
  own: 'a token for every frame and one for every patch: means over space and over time',
  paper: 'Maaz et al. 2024, arXiv:2306.05424',
  published:
    'CLIP ViT-L/14 at 224 px, 100 frames: 100 + 256 tokens; Vicuna-7B; 100K video instructions, 3 epochs of the linear layer, lr 2e-5, batch 32',
  tokens: 72,
  benchmark: () => mediaBenchmark(videos.world, { seed: 77 }),
  score: 'accuracy, order',
});

const clip = worldClip();
const tune = { batch: 16, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, maxLength: 224 };

export default defineRecipe({
  name: 'video-chatgpt',
  model: mllm({
    vision: frames({ of: clip, frames: 8, keep: 'means' }),
    connector: linear(),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    // Its linear layer begins as LLaVA's; here it learns from descriptions first, and the language model learns the words of time with it after.
    stage.pretrain({
      name: 'describe',
      train: ['connector'],
      data: worldMedia(videos({ items: 4000, seed: 31, turns: 0 })),
      steps: 150,
      ...tune,
      lr: 3e-3,
    }),
    stage.instruct({
      name: 'instruct',
      train: ['connector', 'language'],
      data: worldMedia(videos({ items: 4000, seed: 31, turns: 4, captions: 0.5 })),
      steps: 600,
      ...tune,
      lr: 1e-3,
      minRatio: 0.05,
    }),
  ],
});
