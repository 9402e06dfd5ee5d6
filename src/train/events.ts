// The event stream of a run: what happened, in order, in `run.jsonl` and to whoever listens. Terminal, studio and tests read the same.

import { join } from 'node:path';
import type { DeviceName } from '../runtime/runtime.js';
import type { ErrorCode } from '../util/errors.js';
import { appendJsonl, readJsonl } from '../util/fs.js';

/** What a finished stage has to show. */
export interface StageSummary {
  name: string;
  steps: number;
  /** Wall-clock time of the stage, interruptions excluded. */
  seconds: number;
  /** Means of the first and of the last (up to) ten steps. */
  loss: { first: number; last: number };
  tokensPerSecond: number;
  gflops: number;
  /** Where rows are held out. */
  heldOut?: HeldOutSummary;
  /** Data that was not used as it stands, where there is any. */
  unused?: UnusedRows;
}

/** Held-out losses before the first step, after the last one, and the best. */
export interface HeldOutSummary {
  first: number;
  last: number;
  best: { step: number; loss: number };
  /** The step whose weights the stage ended with. */
  weightsOf: number;
  /** The stage ended before its last step because the loss got no better. */
  stoppedEarly?: true;
}

/**
 * What the numbers of a run's held-out measurements are. Where completions are judged the loss is their reward, or their true score, negated:
 * `sign` -1 shows it as it is.
 */
export function heldMeasure(metrics: Readonly<Record<string, number>> = {}): { name: string; sign: 1 | -1 } {
  if (metrics.true_score !== undefined) return { name: 'true score', sign: -1 };
  return metrics.reward === undefined ? { name: 'loss', sign: 1 } : { name: 'reward', sign: -1 };
}

/** Counts of data that was not used as it stands, over all epochs. */
export interface UnusedRows {
  /** Steps without any loss token: neither weights nor moments were touched. */
  skippedSteps: number;
  /** Batches without any loss token. */
  skippedBatches: number;
  /** Rows without any loss token, in whatever batch. */
  rowsWithoutLoss: number;
  /** Rows with replies without an end at which the model stops. */
  rowsWithoutEnd: number;
  /** Rows whose last turns were dropped to fit, and how many messages that were. */
  shortenedRows: number;
  droppedTurns: number;
  /** Batches that were left out because their loss or gradient was not finite, where that was asked for. */
  nonFiniteBatches?: number;
}

export type RunEvent =
  | {
      type: 'run';
      recipe: string;
      hash: string;
      stages: string[];
      runtime: string;
      device?: DeviceName;
      versions: Record<string, string>;
      ranks?: number;
    }
  | {
      type: 'stage';
      stage: string;
      index: number;
      of: number;
      steps: number;
      parameters: { trained: number; frozen: number };
      /** Peaks: of the parts that have one of their own, and of all others (`default`), with how many numbers they move. */
      learningRates?: { part: string; peak: number; parameters: number }[];
    }
  | {
      type: 'step';
      stage: string;
      /** Finished steps, from 1. */
      step: number;
      steps: number;
      /** Mean since the last event. */
      loss: number;
      lr: number;
      /** Of parts that have one of their own. */
      lrs?: Record<string, number>;
      /** Before clipping. */
      gradNorm: number;
      tokensPerSecond: number;
      gflops: number;
      /** Mean milliseconds of a step, and of the part of it after the gradients (norm, update). */
      milliseconds: number;
      updateMilliseconds: number;
      etaSeconds: number;
      metrics?: Record<string, number>;
      /** On a device: mean bytes per step that went there and came back. */
      crossed?: { uploaded: number; downloaded: number };
    }
  /** Batches without loss tokens, or with numbers that are not finite, by index, with their rows. `whole`: nothing was updated in the step. */
  | { type: 'skip'; stage: string; step: number; batches: number[]; rows: number[]; whole: boolean; nonFinite?: true }
  | { type: 'blind'; stage: string; step: number; loss: number; blindLoss: number; difference: number; strikes: number }
  /** Mean loss over the held-out batches after `step` steps, weighted as in training. */
  | { type: 'held-out'; stage: string; step: number; loss: number; batches: number; seconds: number; metrics?: Record<string, number> }
  | { type: 'checkpoint'; stage: string; step: number; path: string; seconds: number }
  | { type: 'resume'; stage: string; step: number; path: string }
  | { type: 'interrupted'; stage: string; step: number }
  | { type: 'warning'; stage?: string; code: ErrorCode; message: string }
  | { type: 'error'; stage?: string; step?: number; code?: ErrorCode; message: string }
  | { type: 'stageDone'; stage: string; summary: StageSummary }
  | { type: 'done'; seconds: number; summaries: StageSummary[] };

/** An event as it is written: with its time, ISO 8601. */
export type LoggedEvent = RunEvent & { time: string };

/** The log in a run's folder. */
export const LOG_FILE = 'run.jsonl';

/** Appends events to `run.jsonl` in order, without making the caller wait, and hands them to a listener. */
export class EventLog {
  private readonly path: string | undefined;
  private waiting: LoggedEvent[] = [];
  private writing: Promise<void> | undefined;
  private failure: unknown;

  constructor(
    dir: string,
    private readonly onEvent?: (event: LoggedEvent) => void,
    /** Null: nothing is written. */
    file: string | null = LOG_FILE,
  ) {
    this.path = file === null ? undefined : join(dir, file);
  }

  emit(event: RunEvent): void {
    const logged: LoggedEvent = { ...event, time: new Date().toISOString() };
    if (this.path !== undefined) {
      this.waiting.push(logged);
      this.writing ??= this.drain(this.path);
    }
    this.onEvent?.(logged);
  }

  /** Resolves when everything is on disk; throws what went wrong with writing, if anything did. */
  async flush(): Promise<void> {
    while (this.writing) await this.writing;
    if (this.failure) {
      const error = this.failure;
      this.failure = undefined;
      throw error;
    }
  }

  private async drain(path: string): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const batch = this.waiting;
        this.waiting = [];
        await appendJsonl(path, ...batch);
      }
    } catch (error) {
      this.failure = error; // thrown by the next flush
    } finally {
      this.writing = undefined;
    }
  }
}

/** Events of one step, which a run that goes back over the step gives again. */
const OF_A_STEP: ReadonlySet<RunEvent['type']> = new Set(['step', 'blind', 'skip', 'held-out']);

/** Events of a run folder as one history: steps that a resume, or a beginning without a checkpoint, went back over are left out. */
export async function readRun(dir: string): Promise<LoggedEvent[]> {
  let events: LoggedEvent[] = [];
  /** Stages that a `resume` event announced. */
  const resumed = new Set<string>();
  const dropAfter = (stage: string, step: number): void => {
    events = events.filter((e) => !(OF_A_STEP.has(e.type) && 'stage' in e && e.stage === stage && (e as { step: number }).step > step));
  };
  for (const event of await readJsonl<LoggedEvent>(join(dir, LOG_FILE))) {
    if (event.type === 'run') resumed.clear();
    if (event.type === 'resume') {
      resumed.add(event.stage);
      dropAfter(event.stage, event.step);
    }
    if (event.type === 'stage' && !resumed.has(event.stage)) dropAfter(event.stage, -1);
    events.push(event);
  }
  return events;
}
