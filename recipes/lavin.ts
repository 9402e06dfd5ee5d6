// LaVIN (Luo et al. 2023, arXiv:2305.15023): mixture-of-modality adapters in a frozen model, and batches in which rows with an image stand beside rows of
// text alone, as in ScienceQA.
// Must show: questions about scenes told in words get better with nothing but adapters trained, those about images no worse outside the intervals.
//
//   sensorium train recipes/lavin.ts --out runs/lavin [seed=1]

import { mixture, writtenScenes } from '../src/data/index.js';
import { exactMatch, type Score } from '../src/evaluate/index.js';
import type { Mllm } from '../src/generate/mllm.js';
import { lavin, open } from '../src/models.js';
import { defineRecipe, sceneData, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { finishInstruct, shareRight, TUNE } from './parts/instruct.js';

/** Questions about held-out scenes that are told in words. */
async function text(model: Mllm, signal: AbortSignal, few = 120): Promise<Score[]> {
  const { question } = writtenScenes({ split: 'test', scenes: 120, seed: 81 });
  const rows = Array.from({ length: few }, (_, i) => question(i));
  return [
    await shareRight('scenes in words', model, rows, {
      messages: (row) => [{ role: 'user', content: row.question }],
      right: (reply, row) => exactMatch(reply, row.answer, row.question),
      signal,
    }),
  ];
}

export const finish = finishInstruct('lavin', {
  shows: 'text gets better, images no worse, with adapters alone trained',
  base: 'models/sensorium-tiny',
  rows: { pope: 60, vqa: 50, caption: 20 },
  measure: text,
});

export default defineRecipe({
  name: 'lavin',
  model: open('models/sensorium-tiny', { adapters: [lavin(), lavin({ at: 'feed-forward' })] }),
  stages: [
    stage.instruct({
      train: ['adapters'],
      data: mixture({
        seed: 5,
        textShare: 0.4,
        length: 20_000,
        parts: [
          { name: 'images', media: true, data: sceneData(world.instructions({ scenes: 12_000, seed: 91, turns: 4, captions: 0.1 })) },
          { name: 'text', media: false, data: writtenScenes({ scenes: 8_000, seed: 92 }) },
        ],
      }),
      steps: 250,
      ...TUNE,
      lr: 5e-3,
    }),
  ],
});
