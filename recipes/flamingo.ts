// Flamingo (Alayrac et al. 2022, arXiv:2204.14198): encoder and language model frozen; a resampler makes few rows of an image, and gated cross-attention
// before the layers reads them. In the sequence a learned row stands where the image is, so that what is seen comes through the gates alone.
// Must show: answers at least 0.15 above the blind row with a language model that never changed.
//
//   sensorium train recipes/flamingo.ts --out runs/flamingo [seed=1]

import { gatedCrossAttention, mllm, perceiver } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct, VQA } from './parts/stages.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('flamingo', {
  system: 'Flamingo',
  own: 'a frozen language model that reads images by gated cross-attention before its layers, the gates opening from zero',
  paper: 'Alayrac et al. 2022, arXiv:2204.14198',
  published: 'NFNet-F6, Chinchilla 70B with a gated layer before every 7th, 64 latents; M3W, 1.8 B pairs, 27 M videos',
  tokens: 32,
  ...VQA,
});

export default defineRecipe({
  name: 'flamingo',
  model: mllm({
    vision: worldClip(),
    connector: perceiver({ queries: 32, layers: 2 }),
    language: worldLlama(),
    adapters: [gatedCrossAttention({ every: 1, expansion: 2, only: true })],
  }),
  from: SHIPPED,
  stages: [align(['connector', 'adapters'], 250), instruct(['connector', 'adapters'], 1500)],
});
