// The own policy of GUI agents: world-llama learns from demonstrations on nine of the twelve apps what to do next on a screen that is given as text.
// Must show: at least 0.7 of the tasks on seen apps, whose seeds it has not seen, in Chromium; the three held-out apps are reported apart.
//
//   sensorium train recipes/gui-agent.ts --out runs/gui-agent [seed=1]
//   sensorium agent bench --policy own --model runs/gui-agent/model        all 60 tasks, into results/gui.json

import { APPS, type Demonstration, demonstrations, guiTasks, ownAction, ownPrompt, VirtualDevice } from '../src/agents/gui/index.js';
import type { FinishContext } from '../src/cli/recipe-module.js';
import type { Conversation, Dataset } from '../src/data/index.js';
import { defineRecipe, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { withPositions } from './parts/wider.js';

/** Seeds of training tasks; those of measured ones are below 1,000. */
const SEEDS = Array.from({ length: 80 }, (_, i) => 1000 + i);

/** A step as a conversation: the screen, and the action. */
const asConversation = (step: Demonstration, row: number): Conversation => ({
  id: `${step.id}/${step.past.length}`,
  messages: [
    { role: 'user', content: ownPrompt(step) },
    { role: 'assistant', content: ownAction(step.action, step.screen) },
  ],
  extra: {},
  at: { file: 'demonstrations', row },
});

/** Every step of the demonstrations on the apps that may be trained on. */
const data = {
  async open(): Promise<Dataset<Conversation>> {
    const rows: Conversation[] = [];
    const tasks = guiTasks({ seeds: SEEDS, apps: APPS.filter(({ heldOut }) => !heldOut) });
    for await (const step of demonstrations(tasks, (task) => new VirtualDevice(task))) rows.push(asConversation(step, rows.length));
    return {
      length: rows.length,
      describe: { demonstrations: 'gui', seeds: SEEDS.length },
      get: async (index) => rows[index] as Conversation,
    };
  },
};

/** Saves the model. It is measured by `sensorium agent bench`, which needs Chromium. */
export async function finish({ result, dir, note }: FinishContext): Promise<void> {
  note(`saved in ${await saveTrained(result.state as OpenedState, dir)}`);
}

/** A pass over the demonstrations; the second begins with a smaller step, from what the first has found. */
const pass = (name: string, steps: number, lr: number) =>
  stage.instruct({
    ...{ name, train: ['language'], data, steps, lr, batch: 16, maxLength: 384, shuffle: true, holdout: 200 },
    ...{ betas: [0.9, 0.98], weightDecay: 0.02, minRatio: 0.03, blindEvery: 0 },
  });

export default defineRecipe({
  name: 'gui-agent',
  model: withPositions('models/world-llama', 384),
  stages: [pass('learn', 1500, 2e-3), pass('settle', 800, 1e-3)],
});
