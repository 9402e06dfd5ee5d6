// LAION-COCO (Schuhmann et al. 2022, laion.ai/blog/laion-coco): captions for images whose own are poor, several of each by a captioner that samples
// (nucleus 0.9), of which a CLIP chooses one. Here sensorium-tiny writes eight for each scene and world-clip chooses; a fresh connector learns from them.
// Published: BLIP ViT-L/14 writes 40 for each of 600 M images, CLIP ViT-L/14 leaves 5 of them, CLIP RN50x64 one.
// Must show: chosen captions are truer than first ones, outside the interval; the connector that learned from them is above its blind row.
//
//   sensorium train recipes/laion-coco.ts --out runs/laion-coco [seed=1]
//   sensorium train recipes/laion-coco.ts --out runs/laion-coco-first variant=first          one caption each, greedily; variant=few: a try-out
//   sensorium data caption MODEL --data FOLDER --n 8 --select clip --clip A,B --out captioned    images of one's own

import { join } from 'node:path';
import type { FinishContext } from '../src/cli/recipe-module.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { finishInstruct } from './parts/instruct.js';
import { chosenTruth, type RecaptionOptions, recaptioned } from './parts/recaption.js';
import { SHIPPED } from './parts/shipped.js';
import { worldMllm } from './quickstart.js';

const CAPTIONS: RecaptionOptions = { captioner: 'models/sensorium-tiny', scenes: 1200, seed: 61, detail: 'long', n: 8 };

/** Measures the student, and how true the captions are that it learned from. */
export const finish = (context: FinishContext, quick?: { rows: Readonly<Record<string, number>> }): Promise<void> =>
  finishInstruct('laion-coco', {
    shows: 'a CLIP chooses truer captions than a captioner writes at first, and a connector learns from them',
    measure: () => chosenTruth(join(context.dir, 'data', 'align'), CAPTIONS),
  })(context, quick);

const learn = (captions: RecaptionOptions) => ({
  stages: [
    stage.pretrain({
      name: 'align',
      train: ['connector'],
      data: recaptioned(captions),
      steps: 300,
      batch: 16,
      lr: 3e-3,
      maxLength: 208,
    }),
  ],
});

export default defineRecipe({
  name: 'laion-coco',
  model: worldMllm,
  from: SHIPPED,
  ...learn(CAPTIONS),
  variants: { chosen: learn(CAPTIONS), first: learn({ ...CAPTIONS, n: 1 }), few: learn({ ...CAPTIONS, scenes: 24, n: 3 }) },
});
