// TextMonkey (Liu et al. 2024, arXiv:2403.04473): tokens that are least like those behind them stay, and read all others once; what is empty or repeated in a
// picture costs no tokens.
// Must show: answers at least 0.15 above its blind row with a quarter of the adapter's tokens.
//
//   sensorium train recipes/textmonkey.ts --out runs/textmonkey [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { mllm, tokenResampler } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct } from './parts/stages.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('textmonkey', {
  system: 'TextMonkey',
  own: 'a token resampler: tokens chosen by how little they are like others are the queries of a cross-attention over all',
  paper: 'Liu et al. 2024, arXiv:2403.04473',
  published:
    'Qwen-VL ViT-bigG/14 in windows of 448 px to 896 px, 256 queries a window, 512 tokens stay, Qwen 7B; 409 k rows of documents and scene text',
  tokens: 24,
  benchmark: ofWorld(worldVqa),
  score: 'pooled',
  rows: 100,
});

export default defineRecipe({
  name: 'textmonkey',
  model: mllm({
    vision: worldClip(),
    connector: tokenResampler({ tokens: 24, heads: 4, head: 32, width: 128 }),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    align(['connector'], 200, { data: world.instructions({ scenes: 200_000, seed: 33, lists: 1 }), maxLength: 176 }),
    instruct(['connector', 'language'], 600, {
      data: world.instructions({ scenes: 400_000, seed: 34, turns: 13, captions: 0.1, lists: 0.3, text: 0.7 }),
      maxLength: 216,
    }),
  ],
});
