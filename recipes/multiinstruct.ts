// MultiInstruct (Xu et al. 2023, arXiv:2212.10773): every task in five wordings, mixed with instructions of text alone (mixed transfer from Natural
// Instructions; `how: 'sequential'` is its other way), and Sensitivity: how much the score depends on the wording.
// Must show: lower sensitivity than the base over the five wordings, at no lower score.
//
//   sensorium train recipes/multiinstruct.ts --out runs/multiinstruct [seed=1]

import { mixture, withTemplates, worded, writtenScenes } from '../src/data/index.js';
import { exactMatch, type Score, sensitivity } from '../src/evaluate/index.js';
import type { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/models.js';
import { defineRecipe, sceneConversations, sceneData, stage } from '../src/train/index.js';
import { loadSprites, QUESTION_TYPES, world } from '../src/world/index.js';
import { finishInstruct, shareRight, TUNE } from './parts/instruct.js';
import { WORDINGS } from './parts/wordings.js';

const ASKED = 40;

/** Accuracy of each type of question under each wording, and Sensitivity over both. */
async function wordings(model: Mllm, signal: AbortSignal, few = ASKED): Promise<Score[]> {
  const sprites = await loadSprites();
  const scores: Record<string, number[]> = {};
  for (const type of QUESTION_TYPES.filter((name) => name !== 'text')) {
    const source = world.instructions({ split: 'test', seed: 78, scenes: few, turns: 1, captions: 0, types: [type] });
    const data = sceneConversations(source, { sprites });
    const asked = Array.from({ length: few }, (_, i) => i).filter((i) => source.get(i).turns.length > 0);
    const rows = await Promise.all(asked.map((i) => data.get(i)));
    for (let only = 0; only < 5; only++) {
      const { value } = await shareRight(type, model, rows, {
        messages: (row) => worded(row, { pools: WORDINGS, task: 'question', only }).messages.slice(0, 1),
        right: (reply, { messages }) => exactMatch(reply, String(messages[1]?.content), ''),
        signal,
      });
      scores[type] = [...(scores[type] ?? []), value];
    }
  }
  return [sensitivity(scores)];
}

export const finish = finishInstruct('multiinstruct', {
  shows: 'less sensitive to the wording than the base, at no lower score',
  base: 'models/sensorium-tiny',
  measure: wordings,
});

export default defineRecipe({
  name: 'multiinstruct',
  model: open('models/sensorium-tiny'),
  stages: [
    stage.instruct({
      train: ['connector', 'language'],
      data: mixture({
        seed: 2,
        textShare: 0.2,
        length: 20_000,
        parts: [
          {
            name: 'images',
            media: true,
            data: withTemplates(sceneData(world.instructions({ scenes: 16_000, seed: 41, turns: 4, captions: 0.1 })), {
              pools: WORDINGS,
              task: 'question',
            }),
          },
          { name: 'text', media: false, data: writtenScenes({ scenes: 4_000, seed: 42 }) },
        ],
      }),
      steps: 200,
      ...TUNE,
    }),
  ],
});
