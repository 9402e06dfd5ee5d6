// InstructBLIP's mixture (Dai et al. 2023, arXiv:2305.06500): data sets of very different sizes are drawn by the square root of their sizes, so that
// the large ones do not drown the small ones, and questions are worded by templates.
// Must show: what the small sets teach (reading, reasoning) is learned, and nothing of the rest is lost outside the intervals.
//
//   sensorium train recipes/instructblip-mixture.ts --out runs/instructblip-mixture [seed=1]

import { mixture, withTemplates, worldInstructions } from '../src/data/index.js';
import { open } from '../src/models.js';
import { defineRecipe, sceneData, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';
import { WORDINGS } from './parts/wordings.js';

const asked = { turns: 4, captions: 0 };
const part = (name: string, source: Parameters<typeof sceneData>[0], task: 'question' | 'describe') => ({
  name,
  media: true,
  data: withTemplates(sceneData(source), { pools: WORDINGS, task, hint: 'auto' }),
});

export const finish = finishInstruct('instructblip-mixture', { shows: 'no task is lost beside the base', base: 'models/sensorium-tiny' });

export default defineRecipe({
  name: 'instructblip-mixture',
  model: open('models/sensorium-tiny'),
  stages: [
    stage.instruct({
      train: ['connector', 'language'],
      data: mixture({
        how: 'sqrt',
        seed: 1,
        length: 20_000,
        parts: [
          part(
            'questions',
            world.instructions({ ...asked, scenes: 16_000, seed: 31, types: ['existence', 'color', 'count', 'relation'] }),
            'question',
          ),
          part('captions', world.captions({ scenes: 4_000, seed: 32 }), 'describe'),
          part('reading', world.instructions({ ...asked, scenes: 1_000, seed: 33, types: ['text'] }), 'question'),
          part('reasoning', worldInstructions({ kinds: ['reasoning'], scenes: 1_000, seed: 34 }), 'question'),
        ],
      }),
      steps: 200,
      ...TUNE,
    }),
  ],
});
