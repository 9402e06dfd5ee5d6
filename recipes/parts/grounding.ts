// Shared by recipes of grounding: a model that answers "Where is the red dog?" with a box, in one of the conventions.

import { worldReferring } from '../../src/evaluate/index.js';
import { open } from '../../src/models.js';
import { type ConventionSpec, conventionOf } from '../../src/text/index.js';
import { defineRecipe, type Recipe, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { finishZoo, ofWorld, type ZooOptions } from './zoo.js';

/** How places are written, and for how many steps that is learned. */
export interface GroundingOptions {
  place: ConventionSpec;
  steps?: number;
}

/** A model, and one stage over expressions that name exactly one object among its twins; location tokens are new words, so embeddings learn too. */
export function groundingParts({ place, steps = 1200 }: GroundingOptions) {
  return {
    model: open('models/sensorium-tiny', { tokens: [...conventionOf(place).tokens] }),
    stages: [
      stage.instruct({
        name: 'ground',
        // The tower too: boxes are finer than its patches of 8 pixels, which it was never asked to look into.
        train: ['vision', 'connector', 'language'],
        data: world.referring({ scenes: 200_000, seed: 31, place, turns: 3 }),
        steps,
        batch: 16,
        lr: 1e-3,
        betas: [0.9, 0.98],
        weightDecay: 0.02,
        minRatio: 0.03,
        maxLength: 256,
      }),
    ],
  };
}

/** The same as a recipe. */
export const groundingRecipe = (name: string, o: GroundingOptions): Recipe => defineRecipe({ name, ...groundingParts(o) });

/** Where things are, over scenes of the split `test`. */
export const finishGrounding = (name: string, o: Omit<ZooOptions, 'benchmark' | 'score' | 'tokens'>) =>
  finishZoo(name, { tokens: 64, rows: 60, ...o, benchmark: ofWorld(worldReferring), score: 'IoU > 0.5' });
