// The base model of the biased world: sensorium-tiny taught on scenes whose objects nearly always stand with their mates, in pixels that show
// little, so that it learns to name what is likely. What every method against hallucination is compared on (docs/trust.md).
// Must show: over scenes of the same evidence whose objects do not go together, CHAIR-i and POPE adversarial worse than of scenes that do.
//
//   sensorium train recipes/biased.ts --out runs/biased [seed=1]
//   sensorium trust runs/biased/model --prior 0.2 --evidence 0.4          and --prior 0.95

import { open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';

/** The dials of the biased world: how strongly objects go together, and how much the pixels show. */
export const BIASED = { prior: 0.95, evidence: 0.4 } as const;

/** Conversations of scenes with these dials, for a model that is to learn what is likely in them. */
export const likely = (dials: { prior: number; evidence: number }, more: Record<string, unknown> = {}) =>
  stage.instruct({
    train: ['connector', 'language'],
    data: world.instructions({ ...dials, scenes: 100_000, seed: 11, captions: 0.6, turns: 6 }),
    steps: 400,
    batch: 10,
    lr: 5e-4,
    betas: [0.9, 0.98],
    weightDecay: 0.02,
    minRatio: 0.05,
    ...more,
  });

export default defineRecipe({ name: 'biased', model: open('models/sensorium-tiny'), stages: [likely(BIASED)] });
