// LISA (Lai et al. 2023, arXiv:2308.00692): the reply to "Where is the red dog?" holds <SEG>, whose hidden state prompts a mask decoder.
// Must show: mean IoU >= 0.7 on held-out scenes of twins; blind, far less.
//
//   sensorium train recipes/lisa.ts --out runs/lisa [seed=1]
//   sensorium ask scene.png "Where is the red dog?" --model runs/lisa/model --masks out.png

import { worldMasks } from '../src/evaluate/index.js';
import { lisa, open, SEG_TOKEN } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { type ReferringKind, world } from '../src/world/index.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('lisa', {
  system: 'LISA',
  own: 'the state of a <SEG> token as the prompt of a mask decoder; binary cross-entropy and dice beside the loss of language',
  paper: 'Lai et al. 2023, arXiv:2308.00692',
  published:
    "LLaVA 7B and 13B with LoRA of rank 8 on q and v, SAM's ViT-H and decoder at 1024 px; lr 3e-4, losses 1, 2, 0.5; ReasonSeg gIoU 52.9",
  tokens: 64,
  rows: 30,
  benchmark: ofWorld(worldMasks),
  score: 'gIoU',
});

/** Both stages: three masks of each image, the connector frozen, so that what its rows say of things stays. */
const shared = {
  train: ['adapters', 'language'],
  perSample: 3,
  maxLength: 192,
  batch: 8,
  warmup: 20,
  betas: [0.9, 0.98] as [number, number],
  weightDecay: 0.02,
};
const data = (seed: number, by?: readonly ReferringKind[]) =>
  world.referring({ scenes: 200_000, seed, place: { mask: SEG_TOKEN }, turns: 3, by });

export default defineRecipe({
  name: 'lisa',
  model: open('models/sensorium-tiny', {
    adapters: [lisa({ token: SEG_TOKEN, width: 64, layers: 2, heads: 4, blocks: 2, reader: 3 })],
    tokens: [SEG_TOKEN],
  }),
  stages: [
    stage.masks({
      ...shared,
      name: 'names',
      data: data(61, ['name', 'color']),
      steps: 400,
      lr: 2e-3,
      learningRates: { language: 3e-4 },
      minRatio: 0.5,
    }),
    stage.masks({
      ...shared,
      name: 'all',
      data: data(62),
      steps: 1600,
      lr: 1.5e-3,
      learningRates: { language: 5e-4 },
      minRatio: 0.03,
    }),
  ],
});
