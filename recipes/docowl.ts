// mPLUG-DocOwl (Ye et al. 2023, arXiv:2307.02499): documents read without OCR, by an encoder and an abstractor that learn with low-rank terms of the language
// model, from one form of instruction for forms, tables, charts and receipts: read all of it, then answer for a field.
// Must show: fields of held-out documents at ANLS 0.85 or more; the blind row beside it.
//
//   sensorium train recipes/docowl.ts --out runs/docowl [seed=1]

import { worldMedia } from '../src/data/index.js';
import { mediaBenchmark } from '../src/evaluate/index.js';
import { interpolated, mllm, mlp } from '../src/networks/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { documents } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('docowl', {
  system: 'mPLUG-DocOwl',
  own: 'one instruction form for documents of all kinds, without OCR',
  paper: 'Ye et al. 2023, arXiv:2307.02499',
  published:
    'mPLUG-Owl: CLIP ViT-L/14, 64 queries, LLaMA-7B; abstractor and LoRA r 8 on the language model, 10 epochs of document tasks, 3 mixed with others',
  tokens: 64,
  benchmark: () => mediaBenchmark(documents.world, { seed: 77, dials: { fields: 2 } }),
});

const tune = { batch: 12, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, maxLength: 224 };
const pages = (o: { seed: number; turns: number; captions?: number }) => worldMedia(documents({ items: 100_000, fields: 2, ...o }));

export default defineRecipe({
  name: 'docowl',
  model: mllm({
    vision: interpolated({
      of: worldClip(),
      size: 128,
    }),
    connector: mlp({ shuffle: 2 }),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    stage.pretrain({
      name: 'read',
      train: ['vision', 'connector', 'language'],
      data: pages({ seed: 71, turns: 0 }),
      steps: 900,
      ...tune,
      lr: 1.5e-3,
    }),
    stage.instruct({
      name: 'fields',
      train: ['vision', 'connector', 'language'],
      data: pages({ seed: 72, turns: 3, captions: 0.3 }),
      steps: 700,
      ...tune,
      lr: 1e-3,
      minRatio: 0.03,
    }),
  ],
});
