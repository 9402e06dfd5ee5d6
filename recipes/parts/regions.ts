// Shared by recipes of region understanding: questions about things that a box, point, scribble or mask points at, among their twins.

import { worldRegions } from '../../src/evaluate/index.js';
import { open, REGION_TOKEN } from '../../src/models.js';
import { defineRecipe, type Recipe, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { finishZoo, ofWorld, type ZooOptions } from './zoo.js';

/** The adapters that a model is opened with. */
type Adapters = NonNullable<Parameters<typeof open>[1]>['adapters'];

/** One stage: the region encoder learns with connector and language model. */
export const regionRecipe = (name: string, adapters: Adapters, { steps = 500 }: { steps?: number } = {}): Recipe =>
  defineRecipe({
    name,
    model: open('models/sensorium-tiny', { adapters, tokens: [REGION_TOKEN] }),
    stages: [
      stage.instruct({
        name: 'regions',
        train: ['adapters', 'connector', 'language'],
        data: world.regions({ scenes: 200_000, seed: 51, turns: 4 }),
        steps,
        batch: 16,
        lr: 1.5e-3,
        betas: [0.9, 0.98],
        weightDecay: 0.02,
        minRatio: 0.03,
        maxLength: 256,
      }),
    ],
  });

/** Colors of pointed things, beside the same questions without the region. */
export const finishRegions = (name: string, o: Omit<ZooOptions, 'benchmark' | 'score' | 'tokens'>) =>
  finishZoo(name, { tokens: 64, rows: 60, ...o, benchmark: ofWorld(worldRegions), score: 'color of the pointed thing' });
