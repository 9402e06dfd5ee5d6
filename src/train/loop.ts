// The training loop of one stage: batches, gradients, update, events, checkpoints. The next batch is made while the gradients run.

import type { Runtime } from '../runtime/runtime.js';
import { type ErrorCode, SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { BatchSource } from './batches.js';
import { BlindCheck } from './blind.js';
import type { TrainBuffers } from './buffers.js';
import { type Checkpoint, type CheckpointStore, fingerprint, restoreCarried, restoreMoments, type TrainerState } from './checkpoint.js';
import type { EventLog, RunEvent, StageSummary } from './events.js';
import { clipScale, GradientBlock } from './gradients.js';
import { HeldOut } from './held-out.js';
import { identify, type RecipeIdentity } from './identity.js';
import { describeRates, type PartRate, partRates, peakOf, ratesAt, ratesOf } from './learning-rates.js';
import { nonFiniteError, type StepBatch } from './nonfinite.js';
import { assertObjective, type Objective } from './objective.js';
import { AdamW } from './optimizer.js';
import { optionError, parseInterval, type TrainOptions } from './options.js';
import { noLossError, StageRecords } from './records.js';
import { assertSameBatches, assertSameLoss, assertSameObjective } from './resume.js';
import { type BatchFingerprint, identifyBatch } from './sameness.js';
import { warmupSteps } from './schedule.js';
import type { ModelState } from './state.js';
import { GradientPrograms } from './step.js';

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

/** One stage while it runs. */
export class StageRunner {
  private readonly buffers: TrainBuffers;
  private readonly partRates: readonly PartRate[];
  private readonly batches: BatchSource;
  private readonly gradients: GradientPrograms;
  private readonly blind: BlindCheck;
  private readonly heldOut: HeldOut | undefined;
  private readonly described: RecipeIdentity;
  private readonly frozen: string;
  private readonly rng: Rng;
  private readonly identify = ({ index, batch }: StepBatch) => identifyBatch(this.context.objective, index, async () => batch);
  private readonly records: StageRecords;
  /** Fingerprints of the loss by bucket: those of the checkpoint, then those compiled. */
  private readonly losses: Record<string, string>;
  private firstBatch: BatchFingerprint | undefined;
  private lastBatch: StepBatch | undefined;
  private optimizer: AdamW | undefined;
  private block: GradientBlock | undefined;
  /** Finished steps, those that were skipped included. */
  private step = 0;
  private saved = { step: 0, time: performance.now() };

  constructor(private readonly context: StageContextOptions) {
    const { objective, state, options, name, log, from } = context;
    assertObjective(objective);
    const { learningRates } = options;
    this.partRates = partRates(learningRates, objective.trained, { network: state.network, place: `stage ${name}` });
    this.buffers = state.pack(objective.trained, {
      peak: peakOf(this.partRates),
      decays: objective.decays && ((p) => (objective.decays as NonNullable<Objective['decays']>)(p)),
      rate: objective.rate && ((p) => (objective.rate as NonNullable<Objective['rate']>)(p)),
    });
    this.batches = new BatchSource(objective, name, context.signal);
    this.records = new StageRecords(name, (event) => log.emit(event));
    this.losses = { ...from?.trainer.fingerprint?.losses };
    this.gradients = new GradientPrograms(objective, this.buffers, {
      runtime: context.runtime,
      lossScale: options.lossScale,
      gradientCheckpointing: options.gradientCheckpointing,
      onLoss: (bucket, now) => {
        if (from) assertSameLoss(from, { bucket, now, versions: context.versions });
        this.losses[bucket] = now;
      },
      onUnused: (bucket, unused) =>
        this.warn(
          'train.unused',
          `the loss of bucket '${bucket}' does not depend on ${unused.length} trained parameters (${unused
            .slice(0, 3)
            .map((p) => p.name)
            .join(', ')}${unused.length > 3 ? ', …' : ''}); its steps leave them as they are`,
        ),
    });
    const measured = { stage: name, buffers: this.buffers, runtime: context.runtime, emit: (event: RunEvent) => log.emit(event) };
    this.blind = new BlindCheck({
      ...measured,
      objective,
      every: options.blindEvery,
      grace: warmupSteps(options.blindGrace, options.steps),
      threshold: options.blindThreshold,
      patience: options.blindPatience,
    });
    const { held } = objective;
    const { steps, evalEvery: every, patience, keepBest, skipBatch } = options;
    if (held) this.heldOut = new HeldOut({ ...measured, held, steps, every, patience, keepBest, skipBatch });
    else if (patience > 0)
      throw optionError('patience', { place: `stage ${name}`, expected: 'rows that are held out, such as holdout=0.05', got: 'none' });
    this.described = identify(objective.name, objective.describe ?? {});
    this.rng = new Rng(options.seed).fork('stage', name);
    this.frozen = fingerprint(objective.frozen);
    if (from) this.restore(from);
  }

  /** Trains to the end. Throws the signal's reason after writing a checkpoint when aborted. */
  async run(): Promise<StageSummary> {
    const { objective, options, name, log, signal, index, of, runtime, from } = this.context;
    try {
      const { steps } = options;
      if (from) {
        await this.checkResume(from);
        await restoreMoments(from, this.buffers);
        await restoreCarried(from, objective.carried);
      }
      log.emit({
        type: 'stage',
        stage: name,
        index,
        of,
        steps,
        parameters: { trained: this.buffers.count, frozen: [...objective.frozen.keys()].reduce((n, p) => n + p.count, 0) },
        ...describeRates(this.partRates, { lr: options.lr, trained: this.buffers.count }),
      });
      this.optimizer = await AdamW.create(this.buffers, {
        betas: options.betas,
        eps: options.eps,
        weightDecay: options.weightDecay,
        runtime,
      });
      this.block = await GradientBlock.create(this.buffers, { accumulate: options.accumulate > 1, runtime });
      this.records.start();
      this.saved = { step: this.step, time: performance.now() };
      await this.assertLoss();
      for (;;) {
        const better = await this.measureHeldOut();
        if (this.step >= steps || this.heldOut?.stalled) break;
        if (better || this.checkpointDue()) await this.checkpoint();
        signal?.throwIfAborted();
        await this.takeStep();
      }
      if (this.buffers.updates.every((n) => n === 0))
        throw new SensoriumError('train.unused', 'no step has changed anything: the loss depends on none of the trained parameters', {
          place: `stage ${name}`,
          hint: "Name the parameters that the loss uses in the objective's `trained`",
        });
      const summary = this.records.summary(this.step, this.heldOut?.summary(this.step));
      const trainer = await this.checkpoint(summary);
      await this.context.store.restoreBest(trainer, this.context.state);
      log.emit({ type: 'stageDone', stage: name, summary });
      await log.flush();
      return summary;
    } catch (error) {
      await this.stopped(error);
      throw error;
    } finally {
      await this.batches.idle();
      await this.gradients.dispose();
      await this.blind.dispose();
      await this.heldOut?.dispose();
      this.optimizer?.dispose();
      this.block?.dispose();
      objective.dispose?.();
    }
  }

  /** Refuses, before the first step, data without a single token in the loss. */
  private async assertLoss(): Promise<void> {
    const { options, name, signal } = this.context;
    // What an online batch will be only its turn tells.
    if (this.records.progress.lastLosses.length > 0 || this.context.objective.online) return;
    const [first, end] = [this.step * options.accumulate, options.steps * options.accumulate];
    let rows = 0;
    for (let index = first; index < end; index++) {
      signal?.throwIfAborted();
      if (index === first) this.batches.prefetch(index);
      const batch = await this.batches.get(index);
      if ((batch.weight ?? 1) > 0) return;
      rows += batch.items;
    }
    throw noLossError(`stage ${name}`, `${rows} rows in ${end - first} batches, none with a loss token`);
  }

  /** One optimizer step: gradients of its batches, norm, update, records. Batches of weight 0 are left out; a step of such batches changes nothing. */
  private async takeStep(): Promise<void> {
    const { options } = this.context;
    const { gradients } = this.buffers;
    const block = this.block as GradientBlock;
    const began = performance.now();
    let excluded = 0; // compiling and checking are not counted in a step's time
    let weights = 0;
    let loss = 0;
    let tokens = 0;
    let flops = 0;
    const used: StepBatch[] = [];
    const skipped: StepBatch[] = [];
    const leftOut: (StepBatch & { what: string })[] = [];
    const reached = this.buffers.slots.map(() => false);
    for (let i = 0; i < options.accumulate; i++) {
      const index = this.step * options.accumulate + i;
      const batch = await this.batches.get(index);
      const next = (): void => {
        if (index + 1 < options.steps * options.accumulate) this.batches.prefetch(index + 1);
      };
      const stepBatch = { index, batch };
      this.firstBatch ??= await this.identify(stepBatch);
      this.lastBatch = stepBatch;
      this.records.addRows(stepBatch);
      const weight = batch.weight ?? 1;
      if (weight === 0) {
        if (batch.items > 0) skipped.push(stepBatch);
        next();
        continue;
      }
      const ready = performance.now();
      const program = await this.gradients.bucket(batch.bucket);
      const blindLoss = used.length === 0 ? await this.blind.loss(this.step + 1, stepBatch) : undefined;
      excluded += performance.now() - ready;
      const target = used.length === 0 ? gradients : (block.scratch as Float32Array);
      const running = program.run(batch, target);
      next();
      const result = await running;
      const what = await this.notFinite(result.loss, target);
      if (what) {
        if (!this.records.mayLeaveOut(options.skipBatch)) throw this.nonFinite(what, [stepBatch]);
        leftOut.push({ ...stepBatch, what });
        continue;
      }
      this.records.progress.nonFiniteInARow = 0;
      result.carry();
      if (blindLoss !== undefined) this.compareBlind(result.loss, blindLoss, stepBatch);
      if (used.length > 0) await block.add(used.length === 1 ? weights : 1, weight);
      used.push(stepBatch);
      program.reached.forEach((r, slot) => {
        if (r) reached[slot] = true;
      });
      weights += weight;
      loss += weight * result.loss;
      tokens += batch.tokens;
      flops += program.flops;
      this.records.addMetrics({ ...batch.metrics, ...result.metrics });
    }
    if (skipped.length > 0) this.records.skip(this.step + 1, skipped, used.length === 0 && leftOut.length === 0);
    if (leftOut.length > 0) this.records.leaveOut(this.step + 1, leftOut, used.length === 0);
    if (used.length > 0) {
      loss /= weights;
      if (!Number.isFinite(loss)) throw this.nonFinite(`loss ${loss}`, used);
      const updating = performance.now();
      const unscale = 1 / ((used.length > 1 ? weights : 1) * options.lossScale);
      const gradNorm = (await block.norm()) * unscale;
      if (!Number.isFinite(gradNorm)) throw this.nonFinite(`gradient norm ${gradNorm}`, used);
      const rate = ratesAt(this.step, options);
      await (this.optimizer as AdamW).update({ lr: rate, scale: unscale * clipScale(gradNorm, options.clip), reached });
      const now = performance.now();
      this.records.add({
        loss,
        lr: rate(),
        ...ratesOf(this.partRates, rate),
        gradNorm,
        tokens,
        flops,
        seconds: (now - began - excluded) / 1000,
        update: (now - updating) / 1000,
      });
    }
    this.step++;
    if (this.step % options.logEvery === 0 || this.step === options.steps || this.step === 1) this.records.report(this.step, options.steps);
  }

  /** The held-out loss, where it is due after the steps so far. True where its weights are to be kept as the best. */
  private async measureHeldOut(): Promise<boolean> {
    const { heldOut, records, step } = this;
    if (!heldOut?.due(step)) return false;
    await heldOut.measure(step, this.context.signal);
    records.progress.heldOut = heldOut.progress;
    return heldOut.best === step;
  }

  /** The first number of a batch that is not finite, in words. Gradients are looked at where such batches are left out; else their norm is. */
  private async notFinite(loss: number, gradients: Float32Array): Promise<string | undefined> {
    if (!Number.isFinite(loss)) return `loss ${loss}`;
    if (!this.context.options.skipBatch) return undefined;
    const norm = await (this.block as GradientBlock).norm(gradients);
    return Number.isFinite(norm) ? undefined : `gradient norm ${norm}`;
  }

  private compareBlind(loss: number, blindLoss: number, batch: StepBatch): void {
    if (!Number.isFinite(blindLoss)) throw this.nonFinite(`loss ${blindLoss} with the images exchanged`, [batch]);
    this.blind.compare(this.step + 1, loss, blindLoss);
  }

  private nonFinite(what: string, batches: readonly StepBatch[]): SensoriumError {
    const { options, name } = this.context;
    return nonFiniteError(what, { stage: name, step: this.step + 1, steps: options.steps, batches, buffers: this.buffers });
  }

  private warn(code: ErrorCode, message: string): void {
    this.context.log.emit({ type: 'warning', stage: this.context.name, code, message });
  }

  private checkpointDue(): boolean {
    if (this.step === this.saved.step) return false;
    const { steps, seconds } = parseInterval(this.context.options.checkpointEvery) ?? {};
    if (steps !== undefined) return this.step % steps === 0;
    return seconds !== undefined && performance.now() - this.saved.time >= seconds * 1000;
  }

  private async checkpoint(finished?: StageSummary): Promise<Pick<TrainerState, 'stage' | 'best'>> {
    const { context, buffers, lastBatch } = this;
    const began = performance.now();
    await context.log.flush();
    this.records.tick();
    const batches = [this.firstBatch, lastBatch && (await this.identify(lastBatch))];
    const most = Math.max(...buffers.updates);
    const behind = buffers.slots.flatMap((slot, i) =>
      (buffers.updates[i] as number) < most ? [[slot.parameter.name, buffers.updates[i] as number] as const] : [],
    );
    const trainer: Omit<TrainerState, 'format' | 'files'> = {
      versions: context.versions,
      recipe: context.identity,
      objective: this.described,
      stage: { index: context.index, name: context.name, step: this.step, steps: context.options.steps, finished: finished !== undefined },
      ...(this.heldOut?.best === undefined ? {} : { best: this.heldOut.best }),
      dataPosition: this.step * context.options.accumulate,
      rng: this.rng.state,
      progress: { ...this.records.progress, blindStrikes: this.blind.alarm.strikes },
      summaries: [...context.summaries, ...(finished ? [finished] : [])],
      frozen: this.frozen,
      fingerprint: { losses: this.losses, batches: batches.filter((b) => b !== undefined) },
      ...(behind.length > 0 ? { updates: Object.fromEntries(behind) } : {}),
      ...(context.objective.memory ? { memory: context.objective.memory.save() } : {}),
    };
    const path = await context.store.write(trainer, context.state, { buffers, carried: context.objective.carried });
    this.saved = { step: this.step, time: performance.now() };
    context.log.emit({ type: 'checkpoint', stage: context.name, step: this.step, path, seconds: (this.saved.time - began) / 1000 });
    return trainer;
  }

  /** Takes up the counters of a checkpoint, after checking that it belongs to this stage. */
  private restore({ path, trainer }: Checkpoint): void {
    const { buffers, records } = this;
    assertSameObjective(trainer, { objective: this.described, frozen: this.frozen }, path);
    this.step = trainer.stage.step;
    records.progress = structuredClone(trainer.progress);
    const updates = this.step - (records.progress.unused?.skippedSteps ?? 0);
    buffers.slots.forEach((slot, i) => {
      buffers.updates[i] = trainer.updates?.[slot.parameter.name] ?? updates;
    });
    this.blind.alarm.strikes = trainer.progress.blindStrikes;
    const { heldOut } = records.progress;
    // A stage that had come to its end begins to count anew.
    if (heldOut && trainer.stage.finished) heldOut.worse = 0;
    if (this.heldOut) this.heldOut.progress = heldOut;
    this.firstBatch = trainer.fingerprint?.batches[0];
    if (trainer.memory !== undefined) this.context.objective.memory?.restore(trainer.memory);
  }

  /** Refuses to go on with another loss or other batches than those of the checkpoint; warns of other versions. */
  private async checkResume(from: Checkpoint): Promise<void> {
    const { name, log, objective, versions } = this.context;
    await assertSameBatches(from, { objective, versions, fetch: (index) => this.batches.get(index) });
    log.emit({ type: 'resume', stage: name, step: this.step, path: from.path });
    for (const [key, now] of Object.entries(versions)) {
      const then = from.trainer.versions[key];
      if (then !== now)
        this.warn('train.version', `the checkpoint was written with ${key} ${then}, this is ${now}: results may differ in the last bits`);
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
