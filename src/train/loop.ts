// The training loop of one stage: batches, gradients, update, events, checkpoints. The next batch is made while the gradients run.

import type { Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { EtaEstimator } from '../util/progress.js';
import { Rng } from '../util/rng.js';
import { BlindAlarm } from './blind.js';
import type { TrainBuffers } from './buffers.js';
import { type Checkpoint, type CheckpointStore, fingerprint, type Progress, type TrainerState } from './checkpoint.js';
import type { EventLog, StageSummary } from './events.js';
import { clipScale, findNonFinite, GradientBlock } from './gradients.js';
import { assertSameRecipe, identify, type RecipeIdentity } from './identity.js';
import type { Batch, Objective } from './objective.js';
import { AdamW } from './optimizer.js';
import { parseInterval, type TrainOptions } from './options.js';
import { learningRate, warmupSteps } from './schedule.js';
import type { ModelState } from './state.js';
import { GradientPrograms } from './step.js';

/** Losses that the smoothed first and last loss are means of. */
const WINDOW = 10;

export interface StageContextOptions {
  /** Name of the stage. */
  name: string;
  index: number;
  of: number;
  objective: Objective;
  state: ModelState;
  options: TrainOptions;
  runtime: Runtime;
  log: EventLog;
  store: CheckpointStore;
  identity: RecipeIdentity;
  versions: Record<string, string>;
  /** Of the stages before. */
  summaries: readonly StageSummary[];
  /** A checkpoint inside this stage to go on from; its weights are already in `state`. */
  from?: Checkpoint;
  signal?: AbortSignal;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** One stage while it runs. */
export class StageRunner {
  private readonly buffers: TrainBuffers;
  private readonly gradients: GradientPrograms;
  private readonly alarm: BlindAlarm;
  private readonly described: RecipeIdentity;
  private readonly frozen: string;
  private readonly rng: Rng;
  private readonly eta = new EtaEstimator();
  /** The next batch, in the making while gradients run. */
  private pending: Promise<Batch> | undefined;
  private optimizer: AdamW | undefined;
  private block: GradientBlock | undefined;
  private progress: Progress = { seconds: 0, busySeconds: 0, tokens: 0, flops: 0, firstLosses: [], lastLosses: [], blindStrikes: 0 };
  /** Finished steps. */
  private step = 0;
  private since = performance.now();
  private saved = { step: 0, time: performance.now() };
  private window: { losses: number[]; metrics: Map<string, number[]>; tokens: number; flops: number; seconds: number; update: number } =
    this.emptyWindow();

  constructor(private readonly context: StageContextOptions) {
    const { objective, state, options, name, log } = context;
    this.buffers = state.pack(objective.trained, {
      decays: objective.decays && ((p) => (objective.decays as NonNullable<Objective['decays']>)(p)),
      rate: objective.rate && ((p) => (objective.rate as NonNullable<Objective['rate']>)(p)),
    });
    this.gradients = new GradientPrograms(objective, this.buffers, {
      runtime: context.runtime,
      lossScale: options.lossScale,
      onUnused: (bucket, unused) =>
        log.emit({
          type: 'warning',
          stage: name,
          code: 'train.unused',
          message: `the loss of bucket '${bucket}' does not depend on ${unused.length} trained parameters (${unused
            .slice(0, 3)
            .map((p) => p.name)
            .join(', ')}${unused.length > 3 ? ', …' : ''}); their gradient is zero`,
        }),
    });
    this.alarm = new BlindAlarm(name, {
      grace: warmupSteps(options.blindGrace, options.steps),
      threshold: options.blindThreshold,
      patience: options.blindPatience,
    });
    this.described = identify(objective.name, objective.describe ?? {});
    this.rng = new Rng(options.seed).fork('stage', name);
    this.frozen = fingerprint(objective.frozen);
    if (context.from) this.restore(context.from);
  }

  /** Trains to the end. Throws the signal's reason after writing a checkpoint when aborted. */
  async run(): Promise<StageSummary> {
    const { objective, options, name, log, signal, index, of, runtime } = this.context;
    try {
      const { steps } = options;
      log.emit({
        type: 'stage',
        stage: name,
        index,
        of,
        steps,
        parameters: { trained: this.buffers.count, frozen: [...objective.frozen.keys()].reduce((n, p) => n + p.count, 0) },
      });
      this.optimizer = await AdamW.create(this.buffers, {
        betas: options.betas,
        eps: options.eps,
        weightDecay: options.weightDecay,
        runtime,
      });
      this.block = await GradientBlock.create(this.buffers, { accumulate: options.accumulate > 1, runtime });
      this.since = performance.now();
      this.saved = { step: this.step, time: this.since };
      while (this.step < steps) {
        signal?.throwIfAborted();
        await this.takeStep();
        if (this.step < steps && this.checkpointDue()) await this.checkpoint();
      }
      const summary = this.summary();
      await this.checkpoint(summary);
      log.emit({ type: 'stageDone', stage: name, summary });
      await log.flush();
      return summary;
    } catch (error) {
      await this.stopped(error);
      throw error;
    } finally {
      await this.pending?.catch(() => undefined); // a prefetched batch that nobody needs any more
      await this.gradients.dispose();
      this.optimizer?.dispose();
      this.block?.dispose();
      objective.dispose?.();
    }
  }

  /** One optimizer step: gradients of its batches, norm, update, records. */
  private async takeStep(): Promise<void> {
    const { options, objective, name } = this.context;
    const { gradients } = this.buffers;
    const block = this.block as GradientBlock;
    const began = performance.now();
    let aside = 0; // compiling and checking are no part of a step's time
    let weights = 0;
    let firstWeight = 1;
    let loss = 0;
    let tokens = 0;
    let flops = 0;
    for (let i = 0; i < options.accumulate; i++) {
      const index = this.step * options.accumulate + i;
      const batch = await (this.pending ?? this.fetch(index));
      const ready = performance.now();
      const program = await this.gradients.bucket(batch.bucket);
      const blindLoss = i === 0 ? await this.blindLoss(batch) : undefined;
      aside += performance.now() - ready;
      const running = program.run(batch, i === 0 ? gradients : (block.scratch as Float32Array));
      this.pending = index + 1 < options.steps * options.accumulate ? this.fetch(index + 1) : undefined;
      const result = await running;
      if (!Number.isFinite(result.loss)) throw this.nonFinite(`loss ${result.loss}`, `bucket '${batch.bucket}'`);
      if (blindLoss !== undefined) this.blindCheck(result.loss, blindLoss);
      const weight = batch.weight ?? 1;
      if (i === 0) firstWeight = weight;
      else await block.add(i === 1 ? firstWeight : 1, weight);
      weights += weight;
      loss += weight * result.loss;
      tokens += batch.tokens;
      flops += program.flops;
      for (const [key, value] of Object.entries(result.metrics)) {
        const list = this.window.metrics.get(key);
        if (list) list.push(value);
        else this.window.metrics.set(key, [value]);
      }
    }
    const total = options.accumulate > 1 ? weights : 1;
    loss /= weights;

    const updating = performance.now();
    const unscale = 1 / (total * options.lossScale);
    const norm = (await block.norm()) * unscale;
    if (!Number.isFinite(norm)) throw this.nonFinite(`gradient norm ${norm}`, objective.name);
    const lr = learningRate(this.step, options);
    await (this.optimizer as AdamW).update({ lr, t: this.step + 1, scale: unscale * clipScale(norm, options.clip) });
    this.step++;

    const now = performance.now();
    this.record(loss, tokens, flops, (now - began - aside) / 1000, (now - updating) / 1000);
    if (this.step % options.logEvery === 0 || this.step === options.steps || this.step === 1) this.report(name, lr, norm);
  }

  private async fetch(index: number): Promise<Batch> {
    const batch = this.context.objective.batch(index, this.context.signal);
    batch.catch(() => undefined); // awaited later; a rejection must not count as unhandled until then
    return batch;
  }

  /** The loss of the same batch with other images, when it is time for it. Its gradients are overwritten by the step that follows. */
  private async blindLoss(batch: Batch): Promise<number | undefined> {
    const { objective, options } = this.context;
    if (!objective.blind || options.blindEvery === 0 || (this.step + 1) % options.blindEvery !== 0) return undefined;
    return (await this.gradients.run(objective.blind(batch), this.buffers.gradients)).loss;
  }

  private blindCheck(loss: number, blindLoss: number): void {
    const { name, log } = this.context;
    const step = this.step + 1;
    const difference = this.alarm.check(step, loss, blindLoss);
    log.emit({ type: 'blind', stage: name, step, loss, blindLoss, difference, strikes: this.alarm.strikes });
    this.alarm.assertSeeing(step, loss, blindLoss);
  }

  private nonFinite(what: string, where: string): SensoriumError {
    const { options, name } = this.context;
    const found = findNonFinite(this.buffers);
    return new SensoriumError('train.nonfinite', `training diverged at step ${this.step + 1} of ${options.steps}`, {
      place: `stage ${name}, ${where}`,
      expected: 'finite numbers',
      got: found
        ? `${what}; the gradient of ${found.slot.parameter.name} has ${found.count} of ${found.slot.length} elements that are not finite`
        : what,
      hint: 'The last checkpoint is intact. Lower lr, lengthen warmup, set clip, or look at the batch of this step',
    });
  }

  private emptyWindow(): StageRunner['window'] {
    return { losses: [], metrics: new Map(), tokens: 0, flops: 0, seconds: 0, update: 0 };
  }

  private record(loss: number, tokens: number, flops: number, seconds: number, update: number): void {
    const { progress, window } = this;
    if (progress.firstLosses.length < WINDOW) progress.firstLosses.push(loss);
    progress.lastLosses.push(loss);
    if (progress.lastLosses.length > WINDOW) progress.lastLosses.shift();
    progress.busySeconds += seconds;
    progress.tokens += tokens;
    progress.flops += flops;
    window.losses.push(loss);
    window.tokens += tokens;
    window.flops += flops;
    window.seconds += seconds;
    window.update += update;
    this.eta.add(seconds);
  }

  private report(stage: string, lr: number, gradNorm: number): void {
    const { window, context } = this;
    const n = window.losses.length;
    const metrics = Object.fromEntries([...window.metrics].map(([key, values]) => [key, mean(values)]));
    context.log.emit({
      type: 'step',
      stage,
      step: this.step,
      steps: context.options.steps,
      loss: mean(window.losses),
      lr,
      gradNorm,
      tokensPerSecond: window.tokens / window.seconds,
      gflops: window.flops / window.seconds / 1e9,
      milliseconds: (window.seconds / n) * 1000,
      updateMilliseconds: (window.update / n) * 1000,
      etaSeconds: this.eta.left(context.options.steps - this.step),
      ...(window.metrics.size > 0 ? { metrics } : {}),
    });
    this.window = this.emptyWindow();
  }

  private checkpointDue(): boolean {
    const { steps, seconds } = parseInterval(this.context.options.checkpointEvery) ?? {};
    if (steps !== undefined) return this.step % steps === 0;
    return seconds !== undefined && performance.now() - this.saved.time >= seconds * 1000;
  }

  private summary(): StageSummary {
    const { progress, context } = this;
    this.tick();
    return {
      name: context.name,
      steps: this.step,
      seconds: progress.seconds,
      loss: { first: mean(progress.firstLosses), last: mean(progress.lastLosses) },
      tokensPerSecond: progress.tokens / progress.busySeconds,
      gflops: progress.flops / progress.busySeconds / 1e9,
    };
  }

  private tick(): void {
    const now = performance.now();
    this.progress.seconds += (now - this.since) / 1000;
    this.since = now;
  }

  private async checkpoint(finished?: StageSummary): Promise<void> {
    const { context } = this;
    const began = performance.now();
    await context.log.flush();
    this.tick();
    const trainer: Omit<TrainerState, 'format' | 'files'> = {
      versions: context.versions,
      recipe: context.identity,
      objective: this.described,
      stage: { index: context.index, name: context.name, step: this.step, steps: context.options.steps, finished: finished !== undefined },
      dataPosition: this.step * context.options.accumulate,
      rng: this.rng.state,
      progress: { ...this.progress, blindStrikes: this.alarm.strikes },
      summaries: [...context.summaries, ...(finished ? [finished] : [])],
      frozen: this.frozen,
    };
    const path = await context.store.write(trainer, context.state, finished ? undefined : this.buffers);
    this.saved = { step: this.step, time: performance.now() };
    context.log.emit({ type: 'checkpoint', stage: context.name, step: this.step, path, seconds: (this.saved.time - began) / 1000 });
  }

  /** Takes up moments and counters from a checkpoint, after checking that it belongs to this stage. */
  private restore({ path, trainer, m, v }: Checkpoint): void {
    const { context } = this;
    assertSameRecipe(trainer.objective, this.described, path);
    if (trainer.frozen !== this.frozen)
      throw new SensoriumError('train.frozen', 'the frozen weights are not those that the run began with', {
        place: path,
        hint: 'Restore the model that the run started from, or train into another folder',
      });
    this.buffers.load('m', m ?? {}, path);
    this.buffers.load('v', v ?? {}, path);
    this.step = trainer.stage.step;
    this.progress = structuredClone(trainer.progress);
    this.alarm.strikes = trainer.progress.blindStrikes;
    context.log.emit({ type: 'resume', stage: context.name, step: this.step, path });
    for (const [key, now] of Object.entries(context.versions)) {
      const then = trainer.versions[key];
      if (then !== now)
        context.log.emit({
          type: 'warning',
          stage: context.name,
          code: 'train.version',
          message: `the checkpoint was written with ${key} ${then}, this is ${now}: results may differ in the last bits`,
        });
    }
  }

  /** An interrupt saves what is there; an error is recorded and leaves the last checkpoint as it is. */
  private async stopped(error: unknown): Promise<void> {
    const { context } = this;
    const { log, name, signal } = context;
    if (signal?.aborted) {
      if (this.step > this.saved.step) await this.checkpoint();
      log.emit({ type: 'interrupted', stage: name, step: this.step });
    } else {
      const code = error instanceof SensoriumError ? error.code : undefined;
      log.emit({ type: 'error', stage: name, step: this.step, code, message: error instanceof Error ? error.message : String(error) });
    }
    // The error that stopped the run matters more than one of its log.
    await log.flush().catch((failure) => {
      if (signal?.aborted) throw failure;
    });
  }
}
