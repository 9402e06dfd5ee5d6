// Pengi (Deshmukh et al. 2023, arXiv:2305.11834): every task of sound is sound and text in, text out. A prefix mapped from the sound and one mapped from the
// question stand before a decoder that stays frozen. GPT-2 knew the words of sounds; this decoder learns them first, from descriptions without any sound.
// Must show: events, their order and number at 0.8 or more, the blind row at chance, with nothing of the decoder trained once there is sound.
//
//   sensorium train recipes/pengi.ts --out runs/pengi [seed=1]

import { worldMedia } from '../src/data/index.js';
import { mediaBenchmark } from '../src/evaluate/index.js';
import { mllm, prefixes, whisperEncoder } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { sounds } from '../src/world/index.js';
import { worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('pengi', {
  system: 'Pengi',
  own: 'two mapped prefixes, of the sound and of the question, before a frozen decoder',
  paper: 'Deshmukh et al. 2023, arXiv:2305.11834',
  published:
    'HTS-AT of 7 s at 44.1 kHz, CLIP text encoder, two mappers of 8 layers with 40 rows each; frozen GPT-2 base; 3.4M pairs of 22 tasks',
  tokens: 32,
  benchmark: () => mediaBenchmark(sounds.world, { seed: 77 }),
});

const tune = { batch: 24, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, maxLength: 128 };

export default defineRecipe({
  name: 'pengi',
  model: mllm({
    vision: whisperEncoder({ seconds: 3, mels: 40, width: 96, layers: 2, heads: 4, pool: 3 }),
    connector: prefixes({ prefix: 16, layers: 2, heads: 4, question: 24 }),
    language: worldLlama(),
  }),
  from: { language: 'models/world-llama' },
  stages: [
    stage.instruct({
      name: 'words',
      train: ['language'],
      data: worldMedia(sounds({ items: 40_000, seed: 60, turns: 3 }), { told: true }),
      steps: 250,
      ...tune,
      lr: 1e-3,
    }),
    // One question to a sound: the second prefix is that of the question.
    stage.instruct({
      name: 'pengi',
      train: ['vision', 'connector'],
      data: worldMedia(sounds({ items: 60_000, seed: 61, turns: 1, captions: 0.3 })),
      steps: 1500,
      ...tune,
      lr: 1.5e-3,
      minRatio: 0.05,
    }),
  ],
});
