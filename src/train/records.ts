// The numbers of a stage while it runs: losses, rates, rows that were not used as they stand, and the events and the summary made of them.

import type { Traffic } from '../runtime/runtime.js';
import { type ErrorCode, SensoriumError } from '../util/errors.js';
import { EtaEstimator } from '../util/progress.js';
import type { Progress } from './checkpoint.js';
import type { HeldOutSummary, RunEvent, StageSummary, UnusedRows } from './events.js';
import { describeBatch, type StepBatch } from './nonfinite.js';

/** Losses that the smoothed first and last loss are means of. */
const SMOOTHED = 10;

/** Batches in a row with numbers that are not finite that stop a stage, also where such batches are left out. */
const MOST_LEFT_OUT = 10;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** `train.noloss`: there is nothing to learn from. */
export function noLossError(place: string, got: string): SensoriumError {
  return new SensoriumError('train.noloss', 'the data have no token in the loss, so there is nothing to learn', {
    place,
    expected: 'at least one row with a reply that is not empty',
    got,
    hint: 'Look at the replies of the data: empty ones and ones of white space are not in the loss',
  });
}

interface Window {
  losses: number[];
  metrics: Map<string, number[]>;
  tokens: number;
  flops: number;
  seconds: number;
  update: number;
}

const emptyWindow = (): Window => ({ losses: [], metrics: new Map(), tokens: 0, flops: 0, seconds: 0, update: 0 });

/** What a step was, for `StageRecords.add`. Times in seconds. */
export interface StepRecord {
  loss: number;
  lr: number;
  /** Of parts with learning rates of their own. */
  lrs?: Record<string, number>;
  gradNorm: number;
  tokens: number;
  flops: number;
  seconds: number;
  /** The part of `seconds` after the gradients. */
  update: number;
}

/** Counts of a stage; `progress` goes into checkpoints. */
export class StageRecords {
  progress: Progress = { seconds: 0, busySeconds: 0, tokens: 0, flops: 0, firstLosses: [], lastLosses: [], blindStrikes: 0 };
  private readonly eta = new EtaEstimator();
  private window = emptyWindow();
  private last: Pick<StepRecord, 'lr' | 'lrs' | 'gradNorm'> = { lr: 0, gradNorm: 0 };
  private readonly oddMetrics = new Set<string>();
  private since = performance.now();

  /** What had crossed when the last event was reported. */
  private before: Traffic = { uploaded: 0, downloaded: 0 };

  constructor(
    private readonly stage: string,
    private readonly emit: (event: RunEvent) => void,
    /** Of the device that the stage runs on. */
    private readonly traffic?: Traffic,
  ) {}

  /** Starts the clock of the stage. */
  start(): void {
    this.since = performance.now();
    if (this.traffic) this.before = { ...this.traffic };
  }

  /** Adds the time since the last call to the stage's. */
  tick(): void {
    const now = performance.now();
    this.progress.seconds += (now - this.since) / 1000;
    this.since = now;
  }

  add(step: StepRecord): void {
    const { progress, window } = this;
    if (progress.firstLosses.length < SMOOTHED) progress.firstLosses.push(step.loss);
    progress.lastLosses.push(step.loss);
    if (progress.lastLosses.length > SMOOTHED) progress.lastLosses.shift();
    progress.busySeconds += step.seconds;
    progress.tokens += step.tokens;
    progress.flops += step.flops;
    window.losses.push(step.loss);
    window.tokens += step.tokens;
    window.flops += step.flops;
    window.seconds += step.seconds;
    window.update += step.update;
    this.last = { lr: step.lr, ...(step.lrs ? { lrs: step.lrs } : {}), gradNorm: step.gradNorm };
    this.eta.add(step.seconds);
  }

  addMetrics(metrics: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(metrics)) {
      if (!Number.isFinite(value) && !this.oddMetrics.has(key)) {
        this.oddMetrics.add(key);
        this.warn('train.metric', `the metric '${key}' is ${value}; the log has null where it is part of a mean`);
      }
      const list = this.window.metrics.get(key);
      if (list) list.push(value);
      else this.window.metrics.set(key, [value]);
    }
  }

  /** Counts rows without loss and dropped turns of a batch; warns of the first of each kind. */
  addRows({ index, batch }: StepBatch): void {
    const { withoutLoss = [], unended = [], shortened = [] } = batch;
    const turns = shortened.reduce((n, s) => n + s.turns, 0);
    const before = this.unused({
      rowsWithoutLoss: withoutLoss.length,
      rowsWithoutEnd: unended.length,
      shortenedRows: shortened.length,
      droppedTurns: turns,
    });
    if (withoutLoss.length > 0 && before.rowsWithoutLoss === 0)
      this.warn(
        'train.noloss',
        `${rowsText(withoutLoss)} of batch ${index} ${withoutLoss.length === 1 ? 'has' : 'have'} no token in the loss (an empty reply?) and ` +
          'nothing is learnt from such rows. Further ones are counted in the summary',
      );
    if (unended.length > 0 && before.rowsWithoutEnd === 0)
      this.warn(
        'train.end',
        `${rowsText(unended)} of batch ${index}: the chat template ends replies with no token at which the model stops, so it will not learn ` +
          'to stop. Let the template write the eos token after a reply, or name the token that it writes as eos_token of the tokenizer',
      );
    const [first] = shortened;
    if (first && before.shortenedRows === 0)
      this.warn(
        'train.shortened',
        `row ${first.row} is longer than maxLength; its last ${first.turns === 1 ? 'message was' : `${first.turns} messages were`} dropped. ` +
          'Further rows are counted in the summary',
      );
  }

  /** Records batches that were left out because nothing can be learnt from them; `whole`: the step had no others. */
  skip(step: number, batches: readonly StepBatch[], whole: boolean): void {
    const before = this.unused({ skippedBatches: batches.length, skippedSteps: whole ? 1 : 0 });
    const rows = batches.flatMap(({ batch }) => batch.rows ?? []);
    this.emit({ type: 'skip', stage: this.stage, step, batches: batches.map((b) => b.index), rows, whole });
    if (before.skippedBatches === 0)
      this.warn(
        'train.noloss',
        `${batches.map(describeBatch).join(', ')} has no token in the loss and is skipped${whole ? ', and with it step '.concat(String(step)) : ''}. ` +
          'Further ones are counted in the summary',
      );
  }

  /** Whether one more batch with numbers that are not finite may be left out: where that is asked for, and not for the tenth in a row. */
  mayLeaveOut(skipBatch: boolean): boolean {
    const { progress } = this;
    progress.nonFiniteInARow = (progress.nonFiniteInARow ?? 0) + 1;
    return skipBatch && progress.nonFiniteInARow < MOST_LEFT_OUT;
  }

  /** Records batches of numbers that are not finite, which were left out; `whole`: the step had no others. */
  leaveOut(step: number, batches: readonly (StepBatch & { what: string })[], whole: boolean): void {
    const { progress } = this;
    this.unused({ nonFiniteBatches: batches.length, skippedSteps: whole ? 1 : 0 });
    const rows = batches.flatMap(({ batch }) => batch.rows ?? []);
    this.emit({ type: 'skip', stage: this.stage, step, batches: batches.map((b) => b.index), rows, whole, nonFinite: true });
    for (const b of batches)
      this.warn(
        'train.nonfinite',
        `${describeBatch(b)} cannot be learned from (${b.what}) and is left out of step ${step} (${progress.unused?.nonFiniteBatches} so far)`,
      );
  }

  /** The `step` event over everything since the last one; none where every step was skipped. */
  report(step: number, steps: number): void {
    const { window } = this;
    const n = window.losses.length;
    if (n === 0) return;
    const metrics = Object.fromEntries([...window.metrics].map(([key, values]) => [key, mean(values)]));
    const crossed = this.crossed(n);
    this.emit({
      type: 'step',
      stage: this.stage,
      step,
      steps,
      loss: mean(window.losses),
      ...this.last,
      tokensPerSecond: window.tokens / window.seconds,
      gflops: window.flops / window.seconds / 1e9,
      milliseconds: (window.seconds / n) * 1000,
      updateMilliseconds: (window.update / n) * 1000,
      etaSeconds: this.eta.left(steps - step),
      ...(window.metrics.size > 0 ? { metrics } : {}),
      ...(crossed ? { crossed } : {}),
    });
    this.window = emptyWindow();
  }

  /** Bytes that crossed to the device and back, per step of the last `n`; none on the CPU. */
  private crossed(n: number): { uploaded: number; downloaded: number } | undefined {
    if (!this.traffic) return undefined;
    const { uploaded, downloaded } = this.traffic;
    const before = this.before;
    this.before = { uploaded, downloaded };
    return { uploaded: (uploaded - before.uploaded) / n, downloaded: (downloaded - before.downloaded) / n };
  }

  /** `heldOut`: what is to be said of held-out losses. */
  summary(steps: number, heldOut?: HeldOutSummary): StageSummary {
    const { progress, stage } = this;
    this.tick();
    return {
      name: stage,
      steps,
      seconds: progress.seconds,
      loss: { first: mean(progress.firstLosses), last: mean(progress.lastLosses) },
      tokensPerSecond: progress.tokens / progress.busySeconds,
      gflops: progress.flops / progress.busySeconds / 1e9,
      ...(heldOut ? { heldOut } : {}),
      ...(progress.unused ? { unused: progress.unused } : {}),
    };
  }

  /** Adds counts and returns those before. */
  private unused(more: Partial<UnusedRows>): UnusedRows {
    const before = this.progress.unused ?? {
      skippedSteps: 0,
      skippedBatches: 0,
      rowsWithoutLoss: 0,
      rowsWithoutEnd: 0,
      shortenedRows: 0,
      droppedTurns: 0,
    };
    const after = { ...before };
    for (const [key, n] of Object.entries(more)) after[key as keyof UnusedRows] = (after[key as keyof UnusedRows] ?? 0) + n;
    if (Object.values(after).some((n) => n > 0)) this.progress.unused = after;
    return before;
  }

  private warn(code: ErrorCode, message: string): void {
    this.emit({ type: 'warning', stage: this.stage, code, message });
  }
}

const rowsText = (rows: readonly number[]): string =>
  rows.length === 1 ? `row ${rows[0]}` : `rows ${rows.slice(0, 8).join(', ')}${rows.length > 8 ? ', …' : ''}`;
