// Shared by recipes of grounding: a model that answers "Where is the red dog?" with a box, in one of the conventions.

import { mixture } from '../../src/data/index.js';
import { worldReferring } from '../../src/evaluate/index.js';
import { open } from '../../src/models.js';
import { type ConventionSpec, conventionOf } from '../../src/text/index.js';
import { defineRecipe, type Recipe, sceneData, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { finishZoo, ofWorld, type ZooOptions } from './zoo.js';

/** How places are written, and for how many steps that is learned. */
export interface GroundingOptions {
  place: ConventionSpec;
  /** Steps over one thing alone, then over twins. */
  steps?: readonly [alone: number, twins: number];
  /** Replies name the thing before its box: what is looked up for each coordinate then stands right before it. Default true. */
  named?: boolean;
  /** Questions of each image among twins: as many as replies are short enough for. Default 8. */
  turns?: number;
}

/**
 * A model, and two stages: where a thing is that stands alone, then expressions that name exactly one among twins. Questions about scenes are in both: without
 * them the rows lose the colors of things, and then good boxes are put on the wrong twin. Location tokens are new words, so embeddings learn too; the tower as well,
 * for boxes are finer than its patches of 8 pixels, which it was never asked to look into.
 */
export function groundingParts({ place, steps: [alone, twins] = [400, 1800], named = true, turns = 8 }: GroundingOptions) {
  const scenes = 200_000;
  const asked = { data: sceneData(world.instructions({ scenes, seed: 32 })), media: true };
  const one = { data: sceneData(world.referring({ scenes, seed: 31, place, named, turns: 1, single: true })), media: true };
  const among = { data: sceneData(world.referring({ scenes, seed: 33, place, named, turns })), media: true };
  const learn = {
    train: ['vision', 'connector', 'language'],
    batch: 16,
    lr: 1e-3,
    betas: [0.9, 0.98] as [number, number],
    weightDecay: 0.02,
    warmup: 50,
    maxLength: 384,
  };
  return {
    model: open('models/sensorium-tiny', { tokens: conventionOf(place).tokens }),
    stages: [
      stage.instruct({
        ...learn,
        name: 'place',
        data: mixture({ parts: [one, asked], how: 'weighted' }),
        steps: alone,
        minRatio: 0.3,
      }),
      stage.instruct({
        ...learn,
        name: 'ground',
        data: mixture({
          parts: [
            { ...one, weight: 0.05 },
            { ...among, weight: 0.7 },
            { ...asked, weight: 0.25 },
          ],
          how: 'weighted',
        }),
        steps: twins,
        minRatio: 0.03,
      }),
    ],
  };
}

/** The same as a recipe. */
export const groundingRecipe = (name: string, o: GroundingOptions): Recipe => defineRecipe({ name, ...groundingParts(o) });

/** Where things are, over scenes of the split `test`. */
export const finishGrounding = (name: string, o: Omit<ZooOptions, 'benchmark' | 'score' | 'tokens'>) =>
  finishZoo(name, { tokens: 64, rows: 60, ...o, benchmark: ofWorld(worldReferring), score: 'IoU > 0.5' });
