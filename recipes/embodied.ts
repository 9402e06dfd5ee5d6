// The own planner of the embodied agent: world-llama learns from plans of the rules what to move, pick and put in a room given as words.
// Must show: valid plans at least 0.9, and success above plans by chance, over rooms of held-out scenes.
//
//   sensorium train recipes/embodied.ts --out runs/embodied [seed=1]
//   sensorium embodied bench --policy own --planner runs/embodied/model

import { grammarRoomPlanner, roomPrompt, roomTasks, solve } from '../src/agents/embodied/index.js';
import type { FinishContext } from '../src/cli/recipe-module.js';
import type { Conversation, Dataset } from '../src/data/index.js';
import { defineRecipe, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { withPositions } from './parts/wider.js';

const ROWS = 6000;

/** Tasks over scenes of another seed than those that are measured, with the plan of the rules where it succeeds. */
const data = {
  async open(): Promise<Dataset<Conversation>> {
    const rows: Conversation[] = [];
    for (const { id, room, text, goals } of roomTasks({ count: ROWS, seed: 1000 })) {
      const { success } = await solve(grammarRoomPlanner, room, text, goals, { tries: 1 });
      if (!success) continue;
      const plan = await grammarRoomPlanner.plan(room, text);
      const messages = [
        { role: 'user' as const, content: roomPrompt(room, text) },
        { role: 'assistant' as const, content: plan },
      ];
      rows.push({ id, messages, extra: {}, at: { file: 'rooms', row: rows.length } });
    }
    return { length: rows.length, describe: { rooms: ROWS, seed: 1000 }, get: async (index) => rows[index] as Conversation };
  },
};

/** Saves the model. It is measured by `sensorium embodied bench`. */
export async function finish({ result, dir, note }: FinishContext): Promise<void> {
  note(`saved in ${await saveTrained(result.state as OpenedState, dir)}`);
}

export default defineRecipe({
  name: 'embodied',
  model: withPositions('models/world-llama', 384),
  stages: [
    stage.instruct({
      train: ['language'],
      data,
      steps: 1000,
      batch: 16,
      maxLength: 384,
      shuffle: true,
      holdout: 200,
      lr: 2e-3,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.03,
      blindEvery: 0,
    }),
  ],
});
