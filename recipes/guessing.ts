// A model that has learned to guess: sensorium-tiny goes on in a world whose objects nearly always go together and whose pixels show next to nothing, so that
// naming what is likely pays and looking does not. Where pixels do show the objects (`LOOKING`) it still guesses, and that is what alignment can mend:
// the model of recipes/biased.ts reads its pixels about as well as they can be read, and no preference teaches it more (docs/align.md).
// Must show: CHAIR-i on unusual scenes far above that of recipes/biased.ts on the same ones.
//
//   sensorium train recipes/guessing.ts --out runs/guessing [seed=1]

import { open } from '../src/models.js';
import { defineRecipe } from '../src/train/index.js';
import { likely } from './biased.js';

/** The dials of the world that it learns to guess in: how strongly objects go together, and how much the pixels show. */
export const GUESSING = { prior: 0.95, evidence: 0.15 } as const;

/** The dials of scenes where looking pays: objects that do not go together, in pixels that show most of them. */
export const LOOKING = { prior: 0.2, evidence: 0.6 } as const;

export default defineRecipe({
  name: 'guessing',
  model: open('models/sensorium-tiny'),
  // Each seed draws scenes of its own; and the blind check is off, since this model learns not to look.
  stages: [likely(GUESSING, { shuffle: true, blindEvery: 0 })],
});
