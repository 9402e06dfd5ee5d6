// ShareGPT4V (Chen et al. 2023, arXiv:2311.12793): a small set of very good captions teaches a captioner, which writes many; a model that is pretrained on
// those is better than one that was pretrained on short captions. Here the good captions are the world's own, in place of GPT-4V's.
// Published: 100 k captions of GPT-4V, 1.2 M by the captioner; LLaVA-1.5-7B pretrained on them with half of its vision tower, then tuned.
// Must show: the captioner's long captions are truer than before it learned; the student that was pretrained on them against one on short captions.
//
//   sensorium train recipes/sharegpt4v.ts --out runs/sharegpt4v [seed=1]

import { join } from 'node:path';
import type { FinishContext } from '../src/cli/recipe-module.js';
import { open } from '../src/models.js';
import { defineRecipe, type RecipeResult, runRecipe, stage, type TrainedModel } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';
import { captionTruth, recaptioned } from './parts/recaption.js';
import { SHIPPED } from './parts/shipped.js';
import { worldMllm } from './quickstart.js';

const BASE = 'models/sensorium-tiny';
const HELD = { scenes: 100, seed: 66, detail: 'long' } as const;

/** Pretraining on some captions, then the same tuning for all. */
const student = (data: NonNullable<Parameters<typeof stage.pretrain>[0]>['data']) =>
  defineRecipe({
    name: 'sharegpt4v-student',
    model: worldMllm,
    from: SHIPPED,
    stages: [
      stage.pretrain({ name: 'align', train: ['connector', 'language'], data, steps: 250, batch: 16, lr: 1.5e-3, maxLength: 208 }),
      stage.instruct({
        ...TUNE,
        train: ['connector', 'language'],
        data: world.instructions({ scenes: 100_000, seed: 63, turns: 10 }),
        steps: 250,
      }),
    ],
  });

/** Saves the captioner, trains both students and measures them side by side: `results/sharegpt4v.json`. */
export async function finish(
  context: FinishContext,
  quick?: { rows: Readonly<Record<string, number>>; steps: number; scenes: number },
): Promise<void> {
  const { result, dir, signal } = context;
  const { scenes = 1500, steps } = quick ?? {};
  const captioner = join(dir, 'captioner');
  await (result.state as TrainedModel).save(captioner);
  const train = (name: string, data: Parameters<typeof student>[0]): Promise<RecipeResult> =>
    runRecipe(student(data), {
      dir: join(dir, name),
      resume: true,
      signal,
      ...(steps ? { overrides: [`align.steps=${steps}`, `instruct.steps=${steps}`] } : {}),
    });
  const short = await train('short', world.captions({ scenes, seed: 62, detail: 'short' }));
  const base = join(dir, 'short', 'model');
  await (short.state as TrainedModel).save(base);
  const learned = await train('student', recaptioned({ captioner, scenes, seed: 62, detail: 'long', n: 1 }));
  const truths = [
    await captionTruth(captioner, 'true claims, captioner', HELD),
    await captionTruth(BASE, 'true claims, captioner before', HELD),
  ];
  await finishInstruct('sharegpt4v', {
    shows:
      'a captioner that learned from few good captions writes many, and a model that is pretrained on these against one on short captions (before)',
    base,
    measure: async () => truths,
  })({ ...context, result: learned, dir: join(dir, 'student') }, quick);
}

export default defineRecipe({
  name: 'sharegpt4v',
  model: open(BASE),
  stages: [
    stage.instruct({
      ...TUNE,
      name: 'captioner',
      train: ['connector', 'language'],
      data: world.captions({ scenes: 600, seed: 60, detail: 'long' }),
      steps: 150,
    }),
  ],
});
