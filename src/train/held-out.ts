// The held-out loss of a stage: when it is measured, over which batches, and which step had the best.

import type { Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import type { TrainBuffers } from './buffers.js';
import type { HeldOutSummary, RunEvent } from './events.js';
import { LossPrograms } from './loss-programs.js';
import { describeBatch } from './nonfinite.js';
import type { Batch, HeldBatches, HeldMeasure, Objective } from './objective.js';
import { type Ranks, soloRanks } from './parallel/ranks.js';
import { noLossError } from './records.js';

/** Held-out losses of a stage so far; kept in checkpoints. */
export interface HeldOutProgress {
  /** The last step after which it was measured. */
  step: number;
  first: number;
  last: number;
  best: { step: number; loss: number };
  /** Measurements since the best one. */
  worse: number;
}

/** Whose held-out loss is measured, and when. */
export interface HeldOutOptions {
  stage: string;
  held: HeldBatches | { measure: NonNullable<Objective['measureHeld']> };
  buffers: TrainBuffers;
  runtime: Runtime;
  /** Steps of the stage. */
  steps: number;
  /** Steps between measurements; below 1 a share of `steps`. 0: only before the first step and after the last. */
  every: number;
  /** Measurements without a better one that end the stage; 0 for none. */
  patience: number;
  /** Whether the stage ends with the weights of the best loss. */
  keepBest: boolean;
  /** Whether batches whose loss is not finite are left out of the mean rather than an error. */
  skipBatch: boolean;
  /** Between which the batches are divided. Default: one. */
  ranks?: Ranks;
  emit(event: RunEvent): void;
}

interface Sums {
  sum: number;
  weights: number;
  batches: number;
  /** Of batches whose loss is not finite and which are left out. */
  failures: SensoriumError[];
}

/** Measures the mean loss over all held-out batches, with the values that the parameters have at that step. */
export class HeldOut {
  /** Undefined before the first measurement. */
  progress: HeldOutProgress | undefined;
  private readonly programs: LossPrograms | undefined;

  constructor(private readonly o: HeldOutOptions) {
    if ('objective' in o.held) this.programs = new LossPrograms(o.held.objective, o.buffers, o.runtime);
  }

  /** Whether the loss is to be measured after `step` steps and has not been. */
  due(step: number): boolean {
    const { every, steps } = this.o;
    if (this.progress?.step === step) return false;
    if (step === 0 || step === steps) return true;
    const interval = every > 0 && every < 1 ? Math.max(1, Math.round(every * steps)) : every;
    return interval > 0 && step % interval === 0;
  }

  /** Measures, emits and records the loss after `step` steps. True where it is the best so far. Errors: `train.noloss`, `train.nonfinite`. */
  async measure(step: number, signal?: AbortSignal): Promise<boolean> {
    const { stage, emit } = this.o;
    const began = performance.now();
    const { loss, batches, metrics } = await this.loss(step, signal);
    const seconds = (performance.now() - began) / 1000;
    emit({ type: 'held-out', stage, step, loss, batches, seconds, ...(metrics ? { metrics: { ...metrics } } : {}) });
    const before = this.progress;
    const better = before === undefined || loss < before.best.loss;
    this.progress = {
      step,
      first: before?.first ?? loss,
      last: loss,
      best: better ? { step, loss } : (before as HeldOutProgress).best,
      worse: better ? 0 : (before as HeldOutProgress).worse + 1,
    };
    return better;
  }

  /** Whether the loss has got no better for as long as `patience` says. */
  get stalled(): boolean {
    const { patience } = this.o;
    return patience > 0 && (this.progress?.worse ?? 0) >= patience;
  }

  /** The step whose weights are kept as the best. */
  get best(): number | undefined {
    return this.o.keepBest ? this.progress?.best.step : undefined;
  }

  /** What a stage that ends after `step` steps has to say; undefined where nothing was measured. */
  summary(step: number): HeldOutSummary | undefined {
    if (!this.progress) return undefined;
    const { first, last, best } = this.progress;
    return { first, last, best, weightsOf: this.best ?? step, ...(step < this.o.steps ? { stoppedEarly: true } : {}) };
  }

  async dispose(): Promise<void> {
    await this.programs?.dispose();
  }

  private async loss(step: number, signal?: AbortSignal): Promise<HeldMeasure> {
    const { held, stage, ranks = soloRanks } = this.o;
    if (!('measure' in held)) return this.mean(held, step, signal);
    const measured = await ranks.first(() => held.measure(signal));
    if (Number.isFinite(measured.loss)) return measured;
    throw new SensoriumError('train.nonfinite', `the held-out loss is not finite after step ${step}`, {
      place: `stage ${stage}`,
      got: `loss ${measured.loss}`,
      hint: 'The last checkpoint is intact. Lower lr',
    });
  }

  private async mean(held: HeldBatches, step: number, signal?: AbortSignal): Promise<HeldMeasure> {
    const { stage, emit, ranks = soloRanks } = this.o;
    let failure: SensoriumError | undefined;
    const sums = await ranks.all(async () => {
      const { failures, ...own } = await this.sums(held, step, ranks, signal);
      failure = failures[0];
      return { ...own, messages: failures.map(({ message }) => message) };
    });
    const total = (key: 'sum' | 'weights' | 'batches'): number => sums.reduce((n, own) => n + own[key], 0);
    for (const message of sums.flatMap(({ messages }) => messages))
      emit({ type: 'warning', stage, code: 'train.nonfinite', message: `${message}. It is not part of the mean` });
    const batches = total('batches');
    if (batches > 0) return { loss: total('sum') / total('weights'), batches };
    return ranks.each(() => {
      if (failure) throw failure;
      throw noLossError(`stage ${stage}: held-out rows`, `${held.batches} batches, none with a loss token`);
    });
  }

  /** Over the batches of this rank: the sum of losses times weights, of weights, and how many there are. */
  private async sums(held: HeldBatches, step: number, { rank, size }: Ranks, signal: AbortSignal | undefined): Promise<Sums> {
    const { stage, skipBatch } = this.o;
    const programs = this.programs as LossPrograms;
    let [sum, weights, batches] = [0, 0, 0];
    const failures: SensoriumError[] = [];
    const fetch = (index: number): Promise<Batch> | undefined => {
      const made = index < held.batches ? held.objective.batch(index, signal) : undefined;
      made?.catch(() => undefined); // awaited below, or not at all when a batch before it fails
      return made;
    };
    let next = fetch(rank);
    for (let index = rank; next; index += size) {
      const batch = await next;
      signal?.throwIfAborted();
      next = fetch(index + size); // made while this one runs
      const weight = batch.weight ?? 1;
      if (weight === 0) continue;
      const loss = await programs.loss(batch);
      if (!Number.isFinite(loss)) {
        const error = new SensoriumError('train.nonfinite', `the held-out loss is not finite after step ${step}`, {
          place: `stage ${stage}, held-out ${describeBatch({ index, batch })}`,
          expected: 'finite numbers',
          got: `loss ${loss}`,
          hint: 'The last checkpoint is intact. Look at the rows of this batch, lower lr, or resume with skipBatch=true (--skip-batch)',
        });
        if (!skipBatch) throw error;
        failures.push(error);
        continue;
      }
      sum += weight * loss;
      weights += weight;
      batches++;
    }
    return { sum, weights, batches, failures };
  }
}
