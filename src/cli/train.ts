// `sensorium train recipe.ts key=value …`: plans or runs a recipe in a folder, resumes it, and shows how it goes.

import { basename, extname, join } from 'node:path';
import { defineCommand } from 'citty';
import { isFirstRank } from '../runtime/launch.js';
import type { RecipePlan } from '../train/plan.js';
import type { RecipeResult } from '../train/run.js';
import { formatBytes, formatCount, formatDuration } from '../util/progress.js';
import { withInterrupt } from './interrupt.js';
import { assertAlone, rankArgs, rankOptions } from './ranks.js';
import { loadRecipe, publisher } from './recipe-module.js';
import { usageError } from './report.js';
import { runView, type ViewEvent } from './run-view.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';

/** A plan as a table. */
export function planTable(plan: RecipePlan): string {
  const rows = plan.stages.map((s) => [
    s.name,
    formatCount(s.parameters.trained),
    formatCount(s.parameters.frozen),
    formatBytes(s.memory.total),
    `${formatCount(s.flopsPerStep)}FLOP`,
    s.gflops.toFixed(0),
    formatCount(s.tokensPerStep / s.secondsPerStep),
    String(s.steps),
    formatDuration(s.seconds),
  ]);
  const head = ['stage', 'trained', 'frozen', 'memory', 'per step', 'GFLOP/s', 'tok/s', 'steps', 'time'];
  const total = `${plan.recipe}: about ${formatDuration(plan.seconds)} and ${formatBytes(plan.memory)} on this machine (runtime ${plan.runtime})`;
  const kept = plan.onHost?.length ? `; on the CPU, for the adapter's kernels are wrong: ${plan.onHost.join(', ')}` : '';
  const there = plan.stages.map(({ name, memory: { device = 0 }, crossed }) => {
    const crosses = crossed ? `, ${formatBytes(crossed.uploaded)} to it and ${formatBytes(crossed.downloaded)} back in a step` : '';
    return `${name}: ${formatBytes(device)} on ${plan.device}${crosses}${kept}`;
  });
  return `${[alignColumns([head, ...rows]), '', total, ...(plan.device ? there : [])].join('\n')}\n`;
}

export default defineCommand({
  meta: { name: 'train', description: 'Run a recipe; key=value changes its options (seed=1, lr=1e-3, pretrain.steps=200)' },
  args: {
    recipe: { type: 'positional', description: 'recipe module, then overrides' },
    out: { type: 'string', description: 'folder of the run (default: runs/NAME of the recipe file)', valueHint: 'DIR' },
    resume: { type: 'boolean', description: 'go on where the run in the folder stopped' },
    'skip-batch': { type: 'boolean', description: 'leave out batches whose loss or gradient is not finite (skipBatch=true)' },
    sweep: { type: 'boolean', description: 'run every combination of key=value,value overrides, and compare them' },
    plan: { type: 'boolean', description: 'print parameters, memory, FLOPs and expected time; train nothing' },
    ...rankArgs,
    json: { type: 'boolean', description: 'print events as JSON lines' },
  },
  async run({ args, rawArgs }) {
    const [path = '', ...overrides] = args._;
    for (const word of overrides)
      if (!/^[^=]+=/.test(word)) throw usageError('this is neither an option nor an override', { got: word, expected: 'key=value' });
    if (args['skip-batch']) overrides.push('skipBatch=true');
    const dir = args.out ?? join('runs', basename(path, extname(path)));
    if (args.sweep && (args.plan || args.resume))
      throw usageError('--sweep resumes by itself and has no plan', { hint: 'Leave out --plan and --resume' });
    const isFirst = isFirstRank();
    if (args.sweep) assertAlone('--sweep');
    if (args.plan && !isFirst) return;
    const { recipe, finish, finishSweep } = await loadRecipe(path);
    const progress = createProgress();
    const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
    await withInterrupt(
      async (signal) => {
        try {
          if (args.plan) {
            const { planRecipe } = await import('../train/plan.js');
            const plan = await planRecipe(recipe, { dir, overrides, signal });
            if (args.json) print(plan);
            else process.stdout.write(planTable(plan));
            return;
          }
          const [{ runRecipe }, { TrainedModel, saveTrained }] = await Promise.all([
            import('../train/run.js'),
            import('../train/trained-model.js'),
          ]);
          const view = runView(progress);
          const onEvent = (event: ViewEvent): void => {
            if (args.json) print(event);
            view(event);
          };
          if (args.sweep) {
            const { recipeSweep, runSweep } = await import('./sweep.js');
            const save = async ({ state }: RecipeResult, to: string): Promise<unknown> =>
              state instanceof TrainedModel ? saveTrained(state, to) : undefined;
            const command = ['sensorium', 'train', ...rawArgs].join(' ');
            const note = (message: string): void => onEvent({ type: 'note', message });
            const job = recipeSweep({ recipe, finish }, overrides, { signal, onEvent, save });
            const { table, runs, scores } = await runSweep(job, { dir, signal, command, note });
            const common = overrides.filter((word) => job.points.every((point) => point.overrides.includes(word)));
            await finishSweep?.({ dir, command, runs, scores, note, publish: publisher(common, note) });
            progress.end();
            if (args.json) print({ type: 'sweep', scores });
            else process.stdout.write(`\n${table}\ncomparison: ${join(dir, 'sweep.html')}\n`);
            return;
          }
          const result = await runRecipe(recipe, { dir, overrides, resume: args.resume, ...rankOptions(args), signal, onEvent });
          if (!isFirst) return;
          const note = (message: string): void => onEvent({ type: 'note', message });
          if (finish) await finish({ result, dir, signal, note, publish: publisher(overrides, note) });
          else if (result.state instanceof TrainedModel) note(`saved ${await saveTrained(result.state, dir)}`);
          progress.end();
          if (!args.json) process.stdout.write(`done in ${formatDuration(result.seconds)}: ${dir}\n`);
        } finally {
          progress.end();
        }
      },
      { onStop: () => progress.line('stopping after this step and keeping a checkpoint; again to stop at once') },
    );
  },
});
