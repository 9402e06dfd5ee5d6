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
import { assertLearnable, LocalGradients, type MergedStep, mergeContributions } from './local-gradients.js';
import { lossBound, nonFiniteError, type StepBatch } from './nonfinite.js';
import { assertObjective, type Objective } from './objective.js';
import { AdamW, type Optimizer } from './optimizer.js';
import { optionError, parseInterval, type TrainOptions } from './options.js';
import { GradientSum } from './parallel/gradient-sum.js';
import { type Ranks, withCheckpoint } from './parallel/ranks.js';
import { assertSame, gatherMoments, valuesHash } from './parallel/same.js';
import { assertDivides, type Share, shareOf } from './parallel/share.js';
import { StageRecords } from './records.js';
import { makeResident } from './resident.js';
import { assertSameBatches, assertSameLoss, assertSameObjective } from './resume.js';
import type { BatchFingerprint } from './sameness.js';
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
  /** The processes of the run; its signal stops the stage. */
  ranks: Ranks;
  /** Each rank keeps the moments of its shard alone. */
  zero?: boolean;
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
  private readonly records: StageRecords;
  /** Fingerprints of the loss by bucket: those of the checkpoint, then those compiled. */
  private readonly losses: Record<string, string>;
  private readonly share: Share;
  private optimizer: Optimizer | undefined;
  private block: GradientBlock | undefined;
  private local: LocalGradients | undefined;
  private gradientSum: GradientSum | undefined;
  private firstBatch: BatchFingerprint | undefined;
  /** Whether it has been time for a checkpoint on the clock of rank 0. */
  private isLate = false;
  /** Finished steps, those that were skipped included. */
  private step = 0;
  private saved: { step: number; time: number; path?: string } = { step: 0, time: performance.now() };

  constructor(private readonly context: StageContextOptions) {
    const { objective, state, options, name, log, from, ranks } = context;
    assertObjective(objective);
    assertDivides(objective, { size: ranks.size, accumulate: options.accumulate, place: `stage ${name}` });
    this.share = shareOf(ranks.rank, ranks.size, options.accumulate);
    const { learningRates } = options;
    this.partRates = partRates(learningRates, objective.trained, { network: state.network, place: `stage ${name}` });
    this.buffers = state.pack(objective.trained, {
      peak: peakOf(this.partRates),
      decays: objective.decays && ((p) => (objective.decays as NonNullable<Objective['decays']>)(p)),
      rate: objective.rate && ((p) => (objective.rate as NonNullable<Objective['rate']>)(p)),
      ...(context.zero ? { shard: { rank: ranks.rank, size: ranks.size } } : {}),
    });
    this.batches = new BatchSource(objective, name, ranks.signal, this.share);
    this.records = new StageRecords(name, (event) => log.emit(event), context.runtime.memory?.traffic);
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
    const held = objective.held ?? (objective.measureHeld && { measure: objective.measureHeld.bind(objective) });
    const { steps, evalEvery: every, patience, keepBest, skipBatch } = options;
    if (held) this.heldOut = new HeldOut({ ...measured, held, steps, every, patience, keepBest, skipBatch, ranks });
    else if (patience > 0)
      throw optionError('patience', { place: `stage ${name}`, expected: 'rows that are held out, such as holdout=0.05', got: 'none' });
    this.described = identify(objective.name, objective.describe ?? {});
    this.rng = new Rng(options.seed).fork('stage', name);
    this.frozen = fingerprint(objective.frozen);
    if (from) this.restore(from);
  }

  /** Trains to the end. Throws the signal's reason after writing a checkpoint when aborted. */
  async run(): Promise<StageSummary> {
    const { objective, options, name, log, ranks, index, of, runtime, from } = this.context;
    try {
      const { steps } = options;
      if (from) {
        await ranks.each(() => this.checkResume(from));
        await restoreMoments(from, this.buffers, ranks);
        await restoreCarried(from, objective.carried);
      }
      const { identity, versions } = this.context;
      const same = { recipe: identity.hash, objective: this.described.hash, frozen: this.frozen, versions: JSON.stringify(versions) };
      await assertSame(ranks, { ...same, values: valuesHash(this.buffers, ranks) }, `stage ${name}`);
      log.emit({
        type: 'stage',
        stage: name,
        index,
        of,
        steps,
        parameters: { trained: this.buffers.count, frozen: [...objective.frozen.keys()].reduce((n, p) => n + p.count, 0) },
        ...describeRates(this.partRates, { lr: options.lr, trained: this.buffers.count }),
      });
      const accumulate = options.accumulate > this.share.every;
      await makeResident(this.buffers, { runtime, ranks: ranks.size, accumulate });
      const { betas, eps, weightDecay } = options;
      this.optimizer = await AdamW.create(this.buffers, { betas, eps, weightDecay, runtime });
      this.block = await GradientBlock.create(this.buffers, { accumulate, runtime });
      this.gradientSum = new GradientSum(ranks, this.buffers, this.block);
      const { batches, gradients: programs, blind, buffers, block, share } = this;
      const maxLoss = (): number => lossBound(options.maxLoss, this.records.progress.firstLosses);
      const parts = { objective, batches, programs, blind, buffers, block, share };
      this.local = new LocalGradients({ ...parts, options, isChecked: ranks.size > 1, maxLoss });
      this.local.firstBatch = this.firstBatch;
      this.records.start();
      this.saved = { step: this.step, time: performance.now() };
      await this.assertLoss();
      for (;;) {
        const better = await this.measureHeldOut();
        if (this.step >= steps || this.heldOut?.stalled) break;
        if (better || this.checkpointDue()) await this.checkpoint();
        ranks.signal?.throwIfAborted();
        await this.takeStep();
      }
      if (this.buffers.updates.every((n) => n === 0))
        throw new SensoriumError('train.unused', 'no step has changed anything: the loss depends on none of the trained parameters', {
          place: `stage ${name}`,
          hint: "Name the parameters that the loss uses in the objective's `trained`",
        });
      const summary = this.records.summary(this.step, this.heldOut?.summary(this.step));
      const trainer = await this.checkpoint(summary);
      await this.context.store.restoreBest(trainer, this.context.state, ranks);
      log.emit({ type: 'stageDone', stage: name, summary });
      await log.flush();
      return summary;
    } catch (error) {
      const told = withCheckpoint(error, this.saved.path ?? from?.path);
      await this.stopped(told);
      throw told;
    } finally {
      await this.batches.idle();
      await this.gradients.dispose();
      await this.blind.dispose();
      await this.heldOut?.dispose();
      this.optimizer?.dispose();
      this.block?.dispose();
      this.buffers.release();
      objective.dispose?.();
    }
  }

  /** Refuses, before the first step, data without a single token in the loss. */
  private async assertLoss(): Promise<void> {
    const { options, name, ranks } = this.context;
    // What an online batch will be only its turn tells.
    if (this.records.progress.lastLosses.length === 0 && !this.context.objective.online)
      await assertLearnable(this.batches, { from: this.step, share: this.share, options, ranks, place: `stage ${name}` });
  }

  /**
   * One optimizer step: gradients of its batches on all ranks, their sum and its norm, update, records. Batches of weight 0 are left out; a
   * step of such batches changes nothing.
   */
  private async takeStep(): Promise<void> {
    const { options, ranks } = this.context;
    const { records, buffers } = this;
    const [local, gradientSum] = [this.local as LocalGradients, this.gradientSum as GradientSum];
    const began = performance.now();
    const all = await ranks.all(async () => ({ ...(await local.run(this.step)), isLate: this.late() }));
    const step = mergeContributions(all, buffers.slots.length);
    this.isLate = all[0]?.isLate ?? false;
    await this.recordBatches(step);
    if (step.used > 0) {
      const loss = step.loss / step.weights;
      if (!Number.isFinite(loss)) throw await this.nonFinite(`loss ${loss}`, local.batches);
      const updating = performance.now();
      // A rank has the gradients of one batch as they are, or the sum of several times their weights.
      const divisors = all.map((own) => (own.used === 1 ? step.weights / own.weights : step.weights));
      const working = divisors.filter((_, rank) => (all[rank]?.used ?? 0) > 0);
      const common = working.every((d) => d === working[0]) ? (working[0] as number) : 1;
      const mine = (all[ranks.rank]?.used ?? 0) > 0 ? common / (divisors[ranks.rank] as number) : 0;
      const unscale = 1 / (common * options.lossScale);
      const gradNorm = (await gradientSum.sum(mine)) * unscale;
      if (!Number.isFinite(gradNorm)) throw await this.nonFinite(`gradient norm ${gradNorm}`, local.batches);
      const rate = ratesAt(this.step, options);
      const scale = unscale * clipScale(gradNorm, options.clip);
      await (this.optimizer as Optimizer).update({ lr: rate, scale, reached: step.reached });
      await gradientSum.share();
      if (this.context.objective.online) await buffers.resident?.pull(['values']); // its batches are made on the host
      const now = performance.now();
      records.add({
        loss,
        lr: rate(),
        ...ratesOf(this.partRates, rate),
        gradNorm,
        tokens: step.tokens,
        flops: step.flops,
        seconds: (now - began - step.excluded) / 1000,
        update: (now - updating) / 1000,
      });
    }
    this.step++;
    if (this.step % options.logEvery === 0 || this.step === options.steps || this.step === 1) records.report(this.step, options.steps);
  }

  /** Counts what the batches of a step were. Throws where one of them stops the run: `train.nonfinite`, `train.blind`. */
  private async recordBatches({ reports, used, metrics, blind }: MergedStep): Promise<void> {
    const { options, ranks } = this.context;
    const { records, local } = this;
    const batches = reports.map(({ batch, ...report }) => ({ ...report, batch: { ...batch, feeds: {} } }));
    for (const report of batches) {
      records.addRows(report);
      if (report.isUsed && report.what === undefined) records.progress.nonFiniteInARow = 0;
      const { index, what, isFatal } = report;
      if (what === undefined || (!isFatal && records.mayLeaveOut(options.skipBatch))) continue;
      await ranks.each(async () => {
        const own = local?.failed.filter((b) => b.index === index) ?? [];
        if (own.length > 0) throw await this.nonFinite(what, own);
      });
    }
    for (const one of metrics) records.addMetrics(one);
    const skipped = batches.filter(({ isUsed, what, batch }) => !isUsed && what === undefined && batch.items > 0);
    const leftOut = batches.flatMap(({ what, ...report }) => (what === undefined ? [] : [{ ...report, what }]));
    if (blind) this.blind.compare(this.step + 1, blind.loss, blind.blindLoss);
    if (skipped.length > 0) records.skip(this.step + 1, skipped, used === 0 && leftOut.length === 0);
    if (leftOut.length > 0) records.leaveOut(this.step + 1, leftOut, used === 0);
  }

  /** The held-out loss, where it is due after the steps so far. True where its weights are to be kept as the best. */
  private async measureHeldOut(): Promise<boolean> {
    const { heldOut, records, step } = this;
    if (!heldOut?.due(step)) return false;
    if (this.context.objective.measureHeld) await this.buffers.resident?.pull(['values']);
    await heldOut.measure(step, this.context.ranks.signal);
    records.progress.heldOut = heldOut.progress;
    return heldOut.best === step;
  }

  private async nonFinite(what: string, batches: readonly StepBatch[]): Promise<SensoriumError> {
    const { options, name } = this.context;
    await this.buffers.resident?.pull(['values']);
    await this.buffers.resident?.pullGradients(0, this.buffers.gradients);
    return nonFiniteError(what, { stage: name, step: this.step + 1, steps: options.steps, batches, buffers: this.buffers });
  }

  private warn(code: ErrorCode, message: string): void {
    this.context.log.emit({ type: 'warning', stage: this.context.name, code, message });
  }

  private checkpointDue(): boolean {
    if (this.step === this.saved.step) return false;
    const { steps } = parseInterval(this.context.options.checkpointEvery) ?? {};
    return steps === undefined ? this.isLate : this.step % steps === 0;
  }

  private late(): boolean {
    const { seconds } = parseInterval(this.context.options.checkpointEvery) ?? {};
    return seconds !== undefined && performance.now() - this.saved.time >= seconds * 1000;
  }

  private async checkpoint(finished?: StageSummary): Promise<Pick<TrainerState, 'stage' | 'best'>> {
    const { context, buffers } = this;
    const { ranks } = context;
    const began = performance.now();
    await context.log.flush();
    this.records.tick();
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
      fingerprint: { losses: this.losses, batches: (await this.local?.fingerprints()) ?? [] },
      ...(behind.length > 0 ? { updates: Object.fromEntries(behind) } : {}),
      ...(context.objective.memory ? { memory: context.objective.memory.save() } : {}),
    };
    await buffers.resident?.pull();
    await assertSame(ranks, { values: valuesHash(buffers, ranks) }, `stage ${context.name}, step ${this.step}`);
    const moments = await gatherMoments(buffers, ranks);
    const path = await ranks.first(() =>
      context.store.write(trainer, context.state, { buffers, moments, carried: context.objective.carried }),
    );
    this.saved = { step: this.step, time: performance.now(), path };
    this.isLate = false;
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
    await assertSameBatches(from, { objective, versions, fetch: (index, part) => this.batches.another(index, part) });
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
    const { log, name } = context;
    const { signal } = context.ranks;
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
