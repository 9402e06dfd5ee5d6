// InstructionGPT-4 (Wei et al. 2023, arXiv:2308.12067): of thousands of rows, half of which say something that is not there, two hundred are selected by
// CLIP score and length, from every cluster of alike rows its share, and the model learns from these alone.
// Must show: well above half of the selected rows are true, and CHAIR-i no worse than the base from a seventeenth of the rows.
//
//   sensorium train recipes/instructiongpt4.ts --out runs/instructiongpt4 [seed=1]
//   sensorium data select my/data.json --count 200 --out my/selected                the same for rows of one's own

import { indicatorTable, kMeans, lengthIndicator, type MixtureData, selectRows } from '../src/data/index.js';
import { proportion } from '../src/evaluate/index.js';
import { open } from '../src/models.js';
import { ClipEmbedder } from '../src/serve/clip-embedder.js';
import { clipIndicator } from '../src/serve/clip-indicator.js';
import { defineRecipe, sceneConversations, stage } from '../src/train/index.js';
import { loadSprites, world } from '../src/world/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';

const ROWS = 3400;
const KEPT = 200;

/** Captions of which every second one names something that is wrong. */
const noisy = (scenes: number) => {
  const source = world.contrasts({ scenes, seed: 95, detail: 'short', changes: ['existence', 'object', 'color', 'count'] });
  return {
    length: scenes,
    description: { noisy: source.description },
    get(index: number) {
      const { hallucinated, ...row } = source.get(index);
      return index % 2 === 0 ? row : { ...row, text: hallucinated?.[0] ?? row.text };
    },
  };
};

/** Numbers of the rows that are kept, found once. */
let found: Promise<Int32Array> | undefined;
const chosen = (): Promise<Int32Array> => {
  found ??= choose();
  return found;
};

async function choose(): Promise<Int32Array> {
  const embedder = await ClipEmbedder.load('models/world-clip');
  try {
    const clip = clipIndicator(embedder);
    const table = await indicatorTable(sceneConversations(noisy(ROWS), { sprites: await loadSprites() }), [clip, lengthIndicator]);
    const { labels } = kMeans(clip.features, 10, { seed: 1 });
    return selectRows(table, { count: KEPT, weights: [1, 0.1], labels });
  } finally {
    await embedder.dispose();
  }
}

const selected: MixtureData = {
  async open() {
    const rows = await chosen();
    const source = noisy(ROWS);
    const own = { length: KEPT, description: { selected: [...rows] }, get: (index: number) => source.get(rows[index] as number) };
    return sceneConversations(own, { sprites: await loadSprites() });
  },
};

export const finish = finishInstruct('instructiongpt4', {
  shows: 'the selector keeps true rows, and 200 of them do no harm where 3,400 are half wrong',
  base: 'models/sensorium-tiny',
  measure: async () => {
    const rows = await chosen();
    return [{ name: 'true rows among the selected', ...proportion(rows.filter((i) => i % 2 === 0).length, rows.length), better: 'higher' }];
  },
});

export default defineRecipe({
  name: 'instructiongpt4',
  model: open('models/sensorium-tiny'),
  stages: [stage.instruct({ train: ['connector', 'language'], data: selected, epochs: 3, shuffle: true, ...TUNE, lr: 2e-4 })],
});
