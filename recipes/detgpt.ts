// DetGPT (Pi et al. 2023, arXiv:2305.14167): the model reasons about a wish and ends with the names of the things that fulfil it, which a detector then
// finds. Rows: sensorium data instruct --teacher world --kinds detgpt.
// Must show: of wishes about held-out scenes, more name exactly the right things than of the base.
//
//   sensorium train recipes/detgpt.ts --out runs/detgpt [seed=1]

import { worldInstructions } from '../src/data/index.js';
import type { Score } from '../src/evaluate/index.js';
import type { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/models.js';
import { defineRecipe, sceneConversations, stage } from '../src/train/index.js';
import { loadSprites } from '../src/world/index.js';
import { finishInstruct, shareRight, TUNE } from './parts/instruct.js';

/** The names behind `Targets:`, in order of the alphabet. */
export const targetsOf = (reply: string): string =>
  (/Targets:\s*\[([^\]]*)\]/.exec(reply)?.[1] ?? '')
    .split(',')
    .map((name) => name.trim())
    .sort()
    .join(', ');

/** Held-out wishes whose things are named, no more and no less. */
async function targets(model: Mllm, signal: AbortSignal, few = 100): Promise<Score[]> {
  const data = sceneConversations(worldInstructions({ kinds: ['detgpt'], split: 'test', scenes: few, seed: 80 }), {
    sprites: await loadSprites(),
  });
  const rows = await Promise.all(Array.from({ length: data.length }, (_, i) => data.get(i)));
  const right = (reply: string, { messages }: (typeof rows)[number]): boolean =>
    targetsOf(reply) === targetsOf(String(messages[1]?.content));
  return [
    await shareRight('wishes with exactly the right things', model, rows, {
      messages: ({ messages }) => messages.slice(0, 1),
      right,
      maxTokens: 96,
      signal,
    }),
  ];
}

export const finish = finishInstruct('detgpt', {
  shows: 'names the things that fulfil a wish, which the base does not',
  base: 'models/sensorium-tiny',
  rows: { pope: 40, vqa: 40, caption: 20 },
  measure: targets,
});

export default defineRecipe({
  name: 'detgpt',
  model: open('models/sensorium-tiny'),
  stages: [
    stage.instruct({
      train: ['connector', 'language'],
      data: worldInstructions({ kinds: ['detgpt', 'conversation'], scenes: 20_000, seed: 71, turns: 4 }),
      steps: 250,
      ...TUNE,
    }),
  ],
});
