// Run by the kill test in a process of its own: trains the tiny problem with a checkpoint at every second step, and hangs near the end; with a second
// argument, one whose held-out loss is best in the middle.

import { runStage } from './run.js';
import { tinyProblem } from './testing.js';

const [dir = '', held] = process.argv.slice(2);
const { objective, state } = tinyProblem(held ? { held: 2, mislabeled: true } : {});
const { batch } = objective;
objective.batch = async (index, signal) => {
  if (index === 20) await new Promise((resolve) => setTimeout(resolve, 10 * 60_000)); // the kill must find it alive, however late it comes
  return batch(index, signal);
};
await runStage({
  objective,
  state,
  dir,
  options: { steps: 24, lr: held ? 3e-2 : 1e-2, checkpointEvery: 2, logEvery: 1 },
  onEvent: (event) => {
    if (event.type === 'step') process.stdout.write(`step ${event.step}\n`);
  },
});
