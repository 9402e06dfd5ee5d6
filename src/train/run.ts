// Runs: a recipe, or one stage, in a folder: locked, logged to run.jsonl, checkpointed, resumed where it stopped.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Conversation, Dataset } from '../data/index.js';
import type { Communicator } from '../runtime/communicator.js';
import { openCommunicator } from '../runtime/mpi.js';
import type { DeviceName, Runtime } from '../runtime/runtime.js';
import { selectRuntime } from '../runtime/select.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import { acquireLock, type FolderLock } from '../util/fs.js';
import { errno, mapIoError } from '../util/io.js';
import { Rng } from '../util/rng.js';
import { show } from '../util/show.js';
import { makeBatch } from './batches.js';
import { type Checkpoint, CheckpointStore, restoreWeights } from './checkpoint.js';
import { EventLog, LOG_FILE, type LoggedEvent, type StageSummary } from './events.js';
import { type ConversationData, isConversations } from './fine-tune.js';
import { assertSameRecipe, hashedOptions, identify, type RecipeIdentity, versionsOf } from './identity.js';
import { StageRunner } from './loop.js';
import { assertObjective, type Batch, type Objective } from './objective.js';
import { resolveOptions, type TrainOptions } from './options.js';
import { Ranks } from './parallel/ranks.js';
import type { BatchPart } from './parallel/share.js';
import { applyOverrides, type Recipe, recipeIdentity, type StageContext, type StageSpec, stageOptions } from './recipe.js';
import { assertContinues, assertSameBatches, hasMoreToDo } from './resume.js';
import { ModelState } from './state.js';

export interface RunOptions {
  /** The run's folder: `run.jsonl`, `checkpoints/`. Made when missing. */
  dir: string;
  /** Go on where a run in this folder stopped; begins one when there is none. Without it, a folder with a run is an error. */
  resume?: boolean;
  /** The best that works here by default. */
  runtime?: Runtime;
  /** Where programs run, without a `runtime`. Default: that of SENSORIUM_DEVICE, else the CPU. Errors: `runtime.device`. */
  device?: DeviceName;
  /** Stops at the next step: writes a checkpoint and throws the signal's reason. */
  signal?: AbortSignal;
  onEvent?: (event: LoggedEvent) => void;
  /** The processes that train together; every one of them runs the same. Default: those that mpirun started, or this one alone. */
  communicator?: Communicator;
  /** 1: each process keeps the moments of its share of the parameters alone (ZeRO, stage 1). Default 0. */
  zero?: 0 | 1;
  /** Every process but the first, which writes `run.jsonl`, writes its events to `rank-K.jsonl`. Default false: nothing. */
  rankLogs?: boolean;
}

export interface RecipeRun extends RunOptions {
  /** `key=value`; see `applyOverrides`. */
  overrides?: readonly string[];
}

export interface RecipeResult {
  state: ModelState;
  summaries: StageSummary[];
  /** Of all stages together, as in the summaries. */
  seconds: number;
}

/** The state that a recipe begins with. */
export async function initialState(recipe: Recipe, dir: string, signal?: AbortSignal): Promise<ModelState> {
  if (recipe.state) {
    const state = await recipe.state({ seed: recipe.seed, dir, signal });
    if (state instanceof ModelState) return state;
    throw new SensoriumError('train.recipe', "the recipe's state is not a ModelState", {
      place: `${recipe.name}: state`,
      expected: 'a function that returns new ModelState(parameters, { seed })',
      got: show(state),
      hint: copiesHint(),
    });
  }
  const model = recipe.model as NonNullable<Recipe['model']>;
  return new ModelState(model.nameParameters().parameters(), { seed: recipe.seed });
}

/** What the objective of stage `index` is made from. */
export function stageContext(
  recipe: Recipe,
  index: number,
  parts: Pick<StageContext, 'state' | 'runtime' | 'dir' | 'signal' | 'planning' | 'resumed' | 'initial'>,
): StageContext {
  const spec = recipe.stages[index] as Recipe['stages'][number];
  const options = stageOptions(recipe, spec);
  return { ...parts, options, rng: new Rng(options.seed).fork('stage', spec.name), stage: { name: spec.name, index } };
}

/** Runs `use` with a recipe whose data are open, so that their rows are counted, and closes what was opened for it. */
export async function withOpenData<T>(recipe: Recipe, signal: AbortSignal | undefined, use: (recipe: Recipe) => Promise<T>): Promise<T> {
  const opened: Dataset<Conversation>[] = [];
  try {
    const stages: StageSpec[] = [];
    for (const stage of recipe.stages) {
      const { data } = stage.options as { data?: ConversationData };
      if (!(isConversations(data) && 'open' in data)) {
        stages.push(stage);
        continue;
      }
      const set = await data.open(signal);
      opened.push(set);
      stages.push({ ...stage, options: { ...stage.options, data: set } });
    }
    return await use({ ...recipe, stages });
  } finally {
    for (const data of opened) data.dispose?.();
  }
}

/** Trains a recipe from its first unfinished stage. Errors: `util.locked`, `train.exists`, `train.recipe`, and those of the stages. */
export async function runRecipe(given: Recipe, run: RecipeRun): Promise<RecipeResult> {
  return withOpenData(applyOverrides(given, run.overrides ?? []), run.signal, (recipe) => runOpened(recipe, run));
}

async function runOpened(recipe: Recipe, run: RecipeRun): Promise<RecipeResult> {
  const identity = recipeIdentity(recipe);
  return inFolder(
    run,
    identity,
    recipe.stages.map((s) => s.name),
    async ({ from, ...opened }) => {
      const { ranks, zero } = opened;
      const { signal } = ranks;
      const state = await ranks.each(() => initialState(recipe, run.dir, signal));
      const summaries = [...(from?.trainer.summaries ?? [])];
      if (from) await restoreResult(from, { opened, state, summaries, options: stageOptionsAt(recipe, from.trainer.stage.index) });
      for (let index = summaries.length; index < recipe.stages.length; index++) {
        signal?.throwIfAborted();
        const spec = recipe.stages[index] as Recipe['stages'][number];
        const inside = from?.trainer.stage.index === index ? from : undefined;
        const context = stageContext(recipe, index, {
          ...{ state, runtime: opened.runtime, dir: run.dir, signal, planning: false },
          resumed: inside !== undefined,
          initial: () => initialState(recipe, run.dir, signal),
        });
        const objective = await ranks.each(() => spec.objective(context));
        const place = { name: spec.name, index, of: recipe.stages.length };
        const work = { objective, state, options: context.options, summaries, from: inside };
        const runner = await ranks.each(() => new StageRunner({ ...opened, zero, identity, ...place, ...work }));
        summaries.push(await runner.run());
      }
      return { state, summaries, seconds: summaries.reduce((s, x) => s + x.seconds, 0) };
    },
  );
}

const stageOptionsAt = (recipe: Recipe, index: number): TrainOptions => stageOptions(recipe, recipe.stages[index] as StageSpec);

/**
 * Puts a checkpoint's weights into the state: the last ones where its stage goes on, which then leaves `summaries`, and those it ended with
 * where it is done.
 */
async function restoreResult(
  from: Checkpoint,
  o: { opened: Pick<Opened, 'store' | 'ranks'>; state: ModelState; summaries: StageSummary[]; options: TrainOptions },
): Promise<void> {
  const { store, ranks } = o.opened;
  await restoreWeights(from, o.state, ranks);
  if (hasMoreToDo(from, o.options)) o.summaries.length = from.trainer.stage.index;
  else if (o.options.keepBest) await store.restoreBest(from.trainer, o.state, ranks);
}

export interface StageRun extends RunOptions {
  objective: Objective;
  state: ModelState;
  /** Defaults for what is left out; unknown keys are errors. */
  options: Partial<TrainOptions>;
}

/** Trains one objective in a folder of its own; `state` holds the result. */
export async function runStage(run: StageRun): Promise<StageSummary> {
  const { objective, state } = run;
  assertObjective(objective);
  const options = resolveOptions(run.options as Record<string, unknown>, `stage ${objective.name}`);
  const identity = identify(objective.name, {
    name: objective.name,
    options: hashedOptions(options as unknown as Record<string, unknown>),
  });
  return inFolder(run, identity, [objective.name], async ({ from, ...opened }) => {
    const summaries = [...(from?.trainer.summaries ?? [])];
    if (from) await restoreResult(from, { opened, state, summaries, options });
    if (from && summaries[0]) {
      // The weights are those of the run that ended: only the same objective may have them for its own.
      assertSameRecipe(from.trainer.objective, identify(objective.name, objective.describe ?? {}), from.path);
      const fetch = (index: number, part: BatchPart): Promise<Batch> => makeBatch(objective, index, part, run.signal);
      await assertSameBatches(from, { objective, versions: opened.versions, fetch });
      return summaries[0];
    }
    const place = { name: objective.name, index: 0, of: 1 };
    const work = { objective, state, options, summaries: [], from };
    return (await opened.ranks.each(() => new StageRunner({ ...opened, identity, ...place, ...work }))).run();
  });
}

interface Opened {
  runtime: Runtime;
  versions: Record<string, string>;
  log: EventLog;
  store: CheckpointStore;
  from: Checkpoint | undefined;
  ranks: Ranks;
  zero: boolean;
}

/** What a run leaves in its folder at its end. */
const SAVED = ['model', 'adapter'];

/**
 * Throws `train.exists` for a folder that holds a run already, unless it is to be resumed, and for one with a model or adapter that no run has
 * left there: saving would replace it, and it might be the base itself.
 */
export async function assertRunnable(dir: string, { resume = false }: { resume?: boolean } = {}): Promise<void> {
  if ((await new CheckpointStore(dir).list()).length > 0) {
    if (resume) return;
    throw new SensoriumError('train.exists', 'this folder already holds a run', {
      place: dir,
      hint: 'Resume it (--resume), choose another folder, or delete its checkpoints',
    });
  }
  const names = await readdir(dir).catch((error: unknown): string[] => {
    if (errno(error) === 'ENOENT') return [];
    throw mapIoError(error, dir);
  });
  const found = names.includes(LOG_FILE) ? undefined : SAVED.find((name) => names.includes(name));
  if (found !== undefined)
    throw new SensoriumError('train.exists', 'this folder holds something that the run would replace when it saves', {
      place: join(dir, found),
      expected: `a folder without ${SAVED.join(' and ')}, or that of a run`,
      hint: 'Choose another folder (--out)',
    });
}

/** Locks the folder, finds what to resume, runs `work`, closes the log. Rank 0 does what is done in the folder. */
async function inFolder<T>(run: RunOptions, identity: RecipeIdentity, stages: string[], work: (opened: Opened) => Promise<T>): Promise<T> {
  run.signal?.throwIfAborted();
  const ranks = new Ranks(run.communicator ?? (await openCommunicator()), run.signal);
  let lock: FolderLock | undefined;
  try {
    await ranks.first(async () => {
      lock = await acquireLock(run.dir);
      await assertRunnable(run.dir, run);
    });
    const store = new CheckpointStore(run.dir);
    const runtime = run.runtime ?? (await selectRuntime(undefined, run.device));
    const versions = await versionsOf(runtime);
    const log = ranks.isFirst
      ? new EventLog(run.dir, run.onEvent)
      : new EventLog(run.dir, undefined, run.rankLogs ? `rank-${ranks.rank}.jsonl` : null);
    const from = await ranks.first(() =>
      store.latest((path, error) =>
        log.emit({ type: 'warning', code: 'train.checkpoint', message: `${path} is damaged, trying the one before: ${error.message}` }),
      ),
    );
    if (from) await ranks.each(() => assertContinues(from, identity));
    log.emit({
      type: 'run',
      recipe: identity.name,
      hash: identity.hash,
      stages,
      runtime: runtime.name,
      ...onDevice(runtime),
      versions,
      ...ofRanks(ranks),
    });
    const result = await work({ runtime, versions, log, store, from, ranks, zero: run.zero === 1 });
    log.emit({ type: 'done', seconds: secondsOf(result), summaries: summariesOf(result) });
    await log.flush();
    return result;
  } finally {
    await lock?.release();
  }
}

const onDevice = ({ device }: Runtime): { device?: DeviceName } => (device && device !== 'cpu' ? { device } : {});
const ofRanks = ({ size }: Ranks): { ranks?: number } => (size > 1 ? { ranks: size } : {});

function summariesOf(result: unknown): StageSummary[] {
  const r = result as RecipeResult | StageSummary;
  return 'summaries' in r ? r.summaries : [r];
}
const secondsOf = (result: unknown): number => summariesOf(result).reduce((s, x) => s + x.seconds, 0);
