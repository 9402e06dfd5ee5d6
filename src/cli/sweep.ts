// Sweeps (`sensorium train recipe.ts --sweep key=a,b seed=1,2`, `sensorium sft … --sweep`): every combination in a folder of its own, then one comparison.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readReport } from '../evaluate/report/write.js';
import { assertSameRecipe, type RecipeIdentity } from '../train/identity.js';
import { applyOverrides, recipeIdentity } from '../train/recipe.js';
import { type RecipeResult, runRecipe } from '../train/run.js';
import { compareSweep, type Metrics, repeatedRuns, type SweepPoint, type SweepScore, sweepPoints } from '../train/sweep.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { publisher, type RecipeModule } from './recipe-module.js';
import type { ViewEvent } from './run-view.js';
import { sweepPage, sweepTable } from './sweep-report.js';

/** What a finished run leaves in its folder. */
export interface SweepRun extends SweepPoint {
  /** What was run; absent in folders of older versions. */
  identity?: RecipeIdentity;
  metrics: Metrics;
  seconds: number;
}

/** What a sweep varies and how one of its runs goes. */
export interface SweepJob {
  /** Heads the page. */
  title: string;
  /** The runs; all overrides are checked before the first. */
  points: readonly SweepPoint[];
  /** What must be the same for a finished run to stand for this one. */
  identity(point: SweepPoint): RecipeIdentity;
  /** Runs one in its folder, or goes on with it, and leaves there what it made. */
  run(point: SweepPoint, dir: string): Promise<Pick<SweepRun, 'metrics' | 'seconds'>>;
}

/** How a sweep runs. */
export interface SweepOptions {
  dir: string;
  signal: AbortSignal;
  command: string;
  note(message: string): void;
}

/**
 * Runs what is not finished, measures each run and writes `sweep.json` and `sweep.html`. Returns the runs and their comparison. Errors: those of
 * the runs; `train.exists` for a folder of another sweep, `train.recipe` for a run that was made with other options or data.
 */
export async function runSweep(job: SweepJob, o: SweepOptions): Promise<{ table: string; runs: SweepRun[]; scores: SweepScore[] }> {
  const runs: SweepRun[] = [];
  for (const [i, point] of job.points.entries()) {
    o.signal.throwIfAborted();
    const dir = join(o.dir, point.folder);
    const file = join(dir, 'result.json');
    const label = `run ${i + 1}/${job.points.length} ${point.overrides.join(' ')}`;
    const done = await ifThere(() => readJson<SweepRun>(file));
    if (done && done.overrides.join(' ') !== point.overrides.join(' '))
      throw new SensoriumError('train.exists', 'this folder holds the run of another sweep', {
        place: dir,
        expected: point.overrides.join(' '),
        got: done.overrides.join(' '),
        hint: 'Choose another folder with --out',
      });
    const identity = job.identity(point);
    if (done) {
      if (done.identity) assertSameRecipe(done.identity, identity, dir);
      o.note(`${label}: finished before`);
      runs.push(done);
      continue;
    }
    o.note(label);
    await mkdir(dir, { recursive: true });
    const run: SweepRun = { ...point, identity, ...(await job.run(point, dir)) };
    await writeAtomic(file, `${JSON.stringify(run, null, 2)}\n`);
    runs.push(run);
    const repeated = repeatedRuns(runs).find((r) => r.run === run);
    if (repeated)
      o.note(
        `warning: ${label} measured the same as seed ${repeated.as} to the bit, and counts once: nothing in this recipe depends on the seed. shuffle=true draws its rows in an order of the seed`,
      );
  }
  const scores = compareSweep(runs);
  await writeAtomic(join(o.dir, 'sweep.json'), `${JSON.stringify({ command: o.command, runs, scores }, null, 2)}\n`);
  await writeAtomic(join(o.dir, 'sweep.html'), sweepPage(scores, { title: `Sweep of ${job.title}`, command: o.command }));
  return { table: sweepTable(scores), runs, scores };
}

/**
 * The sweep of a recipe over its overrides. `save` keeps what a recipe without `finish` trained. Errors: those of `sweepPoints` and
 * `applyOverrides`, before the first run.
 */
export function recipeSweep(
  { recipe, finish }: RecipeModule,
  words: readonly string[],
  o: { signal: AbortSignal; onEvent(event: ViewEvent): void; save(result: RecipeResult, dir: string): Promise<unknown> },
): SweepJob {
  const points = sweepPoints(words);
  const recipes = new Map(points.map((point) => [point, applyOverrides(recipe, point.overrides)]));
  const note = (message: string): void => o.onEvent({ type: 'note', message });
  return {
    title: recipe.name,
    points,
    identity: (point) => recipeIdentity(recipes.get(point) as typeof recipe),
    run: async (point, dir) => {
      const one = recipes.get(point) as typeof recipe;
      const result = await runRecipe(one, { dir, resume: true, signal: o.signal, onEvent: o.onEvent });
      if (finish) await finish({ result, dir, signal: o.signal, note, publish: publisher(point.overrides, note) });
      else await o.save(result, dir);
      return { metrics: await metricsOf(result, dir), seconds: result.seconds };
    },
  };
}

/** Losses of every stage, and the model's scores, blind ones beside them, where `finish` wrote a report. */
async function metricsOf({ summaries }: RecipeResult, dir: string): Promise<Metrics> {
  const metrics: Record<string, number> = {};
  for (const { name, loss, heldOut } of summaries) {
    metrics[`${name} loss`] = loss.last;
    if (heldOut) metrics[`${name} held-out loss`] = heldOut.best.loss;
  }
  const report = await ifThere(() => readReport(join(dir, 'report.json')));
  // Those without the images too, where they were measured: what of a score the words alone give.
  for (const { title, scores } of report?.benchmarks ?? [])
    for (const [who, prefix] of [
      ['model', ''],
      ['blind', 'blind '],
    ] as const)
      for (const { name, value, n, detail } of scores[who] ?? []) if (n > 0 && !detail) metrics[`${prefix}${title} ${name}`] = value;
  for (const [name, { value }] of Object.entries(report?.measures ?? {})) metrics[name] = value;
  return metrics;
}
