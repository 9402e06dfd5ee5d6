// Study: what small objects need. The same tower, language model, steps and data over scenes of 128 pixels whose objects have half their usual size:
// the image at the tower's 64 pixels (`whole`), at 128 with positions interpolated (`interpolated`), as four tiles beside the whole (`tiles`),
// and at 128 with a second, convolutional tower beside the first (`encoders`). About 64 tokens an image in each: 64, 64, 88, 64.
//   sensorium train recipes/studies/resolution.ts --sweep variant=whole,interpolated,tiles,encoders seed=1,2,3 --out runs/studies/resolution
// MM1's claim, that resolution matters more than the connector, is reproduced if every other variant is above `whole` over the seeds.

import { convNextVision, interpolated, mixed, mlp, tiles } from '../../src/networks/index.js';
import { defineRecipe } from '../../src/train/index.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { before, overSmall, SMALL, tower } from '../parts/resolution.js';

const STEPS = { align: 100, instruct: 350 };

/** Both at 128 pixels, each with 16 x 16 tokens. */
const second = convNextVision({ convnext: { hidden_sizes: [24, 48], depths: [1, 1], num_stages: 2, image_size: 128 } });

const whole = { ...before(interpolated({ of: tower, size: 64 }), mlp()), stages: overSmall(STEPS) };

/** Each way to more resolution against the tower's own. */
const above = (variant: string, says: string) => ({
  says: `${says} against the whole image at 64 pixels, questions`,
  of: { variant, metrics: QUESTIONS },
  than: { variant: 'whole', metrics: QUESTIONS },
  rule: 'above' as const,
  margin: 0,
});

export const finishSweep = claimed('resolution', {
  claim: 'Resolution matters: small objects need more pixels, whichever way they come',
  experiment: 'scenes of 128 pixels with objects of half their size; the same tower, steps and about as many tokens',
  checks: [
    above('interpolated', 'positions interpolated to 128 pixels'),
    above('tiles', 'four tiles beside the whole'),
    above('encoders', 'a second tower beside the first, both at 128 pixels'),
  ],
});

export const finish = measured('resolution', { world: SMALL, command: 'sensorium train recipes/studies/resolution.ts' });

export default defineRecipe({
  name: 'study-resolution',
  ...whole,
  variants: {
    whole,
    interpolated: { ...before(interpolated({ of: tower, size: 128 }), mlp({ shuffle: 2 })), stages: overSmall(STEPS) },
    tiles: { ...before(tiles({ of: tower, grids: [[2, 2]] }), mlp({ shuffle: 2 })), stages: overSmall(STEPS) },
    encoders: {
      ...before(mixed({ encoders: [interpolated({ of: tower, size: 128 }), second] }), mlp({ shuffle: 2 })),
      stages: overSmall(STEPS, ['vision_tower.encoders.1.*']),
    },
  },
});
