// One rank's part of a step: the gradients of its batches, accumulated in its block, and what the other ranks need to know of them.

import type { BatchSource } from './batches.js';
import type { BlindCheck } from './blind.js';
import type { TrainBuffers } from './buffers.js';
import type { GradientBlock } from './gradients.js';
import type { StepBatch } from './nonfinite.js';
import type { Batch, Objective } from './objective.js';
import type { TrainOptions } from './options.js';
import type { Ranks } from './parallel/ranks.js';
import { batchesOf, type Share } from './parallel/share.js';
import { noLossError } from './records.js';
import { type BatchFingerprint, identifyBatch } from './sameness.js';
import type { GradientPrograms } from './step.js';

/** A batch without its tensors. */
export interface BatchReport {
  index: number;
  batch: Omit<Batch, 'feeds'>;
  /** It counts in the gradients. Otherwise it has nothing to learn, or a number that is not finite. */
  isUsed: boolean;
  /** The number that is not finite, in words. */
  what?: string;
  /** It stops the run, whether or not such batches are left out. */
  isFatal?: true;
}

/** What a rank has to say of its part. Sums are over the batches that count. */
export interface Contribution {
  reports: BatchReport[];
  used: number;
  weights: number;
  /** Of losses times weights. */
  loss: number;
  tokens: number;
  flops: number;
  /** Milliseconds of compiling and checking, which are not counted in a step's time. */
  excluded: number;
  /** Of each batch. */
  metrics: Record<string, number>[];
  /** Slots of the buffers that no loss of this rank depends on. */
  unreached: number[];
  /** A check for blindness, where it was time for one. */
  blind?: { weight: number; loss: number; blindLoss: number };
}

/** Options of `LocalGradients`. */
export interface LocalOptions {
  objective: Objective;
  batches: BatchSource;
  programs: GradientPrograms;
  blind: BlindCheck;
  buffers: TrainBuffers;
  block: GradientBlock;
  share: Share;
  options: Pick<TrainOptions, 'accumulate' | 'steps' | 'skipBatch'>;
  /** Most that a loss may be, or its negative, at this step. */
  maxLoss(): number;
  /** Whether the gradients of a step are looked at before they meet those of others. */
  isChecked: boolean;
}

/** The batches of a rank, step by step. */
export class LocalGradients {
  /** Those of the last step, with their tensors. */
  batches: readonly StepBatch[] = [];
  /** Those of them whose numbers are not finite. */
  failed: readonly StepBatch[] = [];
  /** Of the first batch of the stage, and of the last one so far. */
  firstBatch: BatchFingerprint | undefined;
  private lastBatch: StepBatch | undefined;

  constructor(private readonly o: LocalOptions) {}

  /** What identifies the first batch and the last one. */
  async fingerprints(): Promise<BatchFingerprint[]> {
    const last = this.lastBatch && (await this.identify(this.lastBatch));
    return [this.firstBatch, last].filter((b) => b !== undefined);
  }

  private identify({ index, batch }: StepBatch): Promise<BatchFingerprint> {
    return identifyBatch(this.o.objective, index, { get: () => batch, part: this.o.share });
  }

  /**
   * Gradients of this rank's batches of `step` into the block: of one batch as they are, of several their sum times their weights. Batches
   * of weight 0 are passed over; so are those whose numbers are not finite, and without `skipBatch` all after the first of them.
   */
  async run(step: number): Promise<Contribution> {
    const { batches, programs, blind, buffers, block, share, options } = this.o;
    const { accumulate, steps, skipBatch } = options;
    const out: Contribution = { reports: [], used: 0, weights: 0, loss: 0, tokens: 0, flops: 0, excluded: 0, metrics: [], unreached: [] };
    const own = batchesOf(share, step, accumulate);
    const [taken, failed]: [StepBatch[], StepBatch[]] = [[], []];
    this.batches = taken;
    this.failed = failed;
    const reached = buffers.slots.map(() => false);
    for (const [k, index] of own.entries()) {
      const batch = await batches.get(index);
      const following = own[k + 1] ?? (step + 1 < steps ? batchesOf(share, step + 1, accumulate)[0] : undefined);
      const next = (): void => {
        if (following !== undefined) batches.prefetch(following);
      };
      const stepBatch = { index, batch };
      taken.push(stepBatch);
      this.firstBatch ??= await this.identify(stepBatch);
      this.lastBatch = stepBatch;
      const { feeds: _, ...about } = batch;
      const report: BatchReport = { index, batch: about, isUsed: false };
      out.reports.push(report);
      const weight = batch.weight ?? 1;
      if (weight === 0) {
        next();
        continue;
      }
      const ready = performance.now();
      const program = await programs.bucket(batch.bucket);
      const blindLoss = out.used === 0 ? await blind.loss(step + 1, stepBatch) : undefined;
      out.excluded += performance.now() - ready;
      const target = out.used === 0 ? buffers.gradients : (block.scratch as Float32Array);
      const running = program.run(batch, target);
      next();
      const result = await running;
      const what = batch.fault ?? this.exploded(result) ?? (await this.notFinite(result.loss, target));
      const isBlindFinite = blindLoss === undefined || Number.isFinite(blindLoss);
      if (what !== undefined || !isBlindFinite) {
        failed.push(stepBatch);
        report.what = what ?? `loss ${blindLoss} with the images exchanged`;
        if (what === undefined) report.isFatal = true;
        if (what !== undefined && skipBatch) continue;
        return out;
      }
      report.isUsed = true;
      result.carry();
      if (blindLoss !== undefined) out.blind = { weight, loss: result.loss, blindLoss };
      if (out.used > 0) await block.add(out.used === 1 ? out.weights : 1, weight);
      program.reached.forEach((r, slot) => {
        if (r) reached[slot] = true;
      });
      out.used++;
      out.weights += weight;
      out.loss += weight * result.loss;
      out.tokens += batch.tokens;
      out.flops += program.flops;
      out.metrics.push({ ...batch.metrics, ...result.metrics });
    }
    out.unreached = reached.flatMap((r, slot) => (r ? [] : [slot]));
    return out;
  }

  /** What of a batch is finite and beyond its bound, in words. */
  private exploded({ loss, metrics }: { loss: number; metrics: Readonly<Record<string, number>> }): string | undefined {
    const most = this.o.maxLoss();
    if (Math.abs(loss) > most && Number.isFinite(loss)) return `loss ${loss}, beyond the bound of ${most} (maxLoss)`;
    for (const [name, limit] of Object.entries(this.o.objective.limits ?? {})) {
      const value = metrics[name] ?? 0;
      if (value > limit) return `${name} ${value}, beyond the bound of ${limit}`;
    }
    return undefined;
  }

  /** The first number of a batch that is not finite, in words. Gradients are looked at where that says which batch it was; else their norm is. */
  private async notFinite(loss: number, gradients: Float32Array): Promise<string | undefined> {
    if (!Number.isFinite(loss)) return `loss ${loss}`;
    if (!this.o.options.skipBatch && !this.o.isChecked) return undefined;
    const norm = await this.o.block.norm(gradients);
    return Number.isFinite(norm) ? undefined : `gradient norm ${norm}`;
  }
}

/** A step as all ranks know it. */
export interface MergedStep extends Omit<Contribution, 'blind'> {
  /** Slots that a loss depends on. */
  reached: boolean[];
  blind?: { loss: number; blindLoss: number };
}

/** The contributions of all ranks, in the order of the ranks, as one. Parts of a batch become one report. */
export function mergeContributions(all: readonly Contribution[], slots: number): MergedStep {
  const sum = (key: 'used' | 'weights' | 'loss' | 'tokens' | 'flops'): number => all.reduce((n, c) => n + c[key], 0);
  const reports = new Map<number, BatchReport>();
  for (const report of all.flatMap((c) => c.reports)) {
    const other = reports.get(report.index);
    reports.set(report.index, other ? joinReports(other, report) : report);
  }
  const checks = all.flatMap((c) => (c.blind ? [c.blind] : []));
  const checked = checks.reduce((n, b) => n + b.weight, 0);
  const mean = (key: 'loss' | 'blindLoss'): number =>
    checks.length === 1
      ? (checks[0] as { loss: number; blindLoss: number })[key]
      : checks.reduce((n, b) => n + b.weight * b[key], 0) / checked;
  const reached = Array.from({ length: slots }, () => false);
  for (const c of all) {
    const not = new Set(c.unreached);
    if (c.used > 0) for (let slot = 0; slot < slots; slot++) if (!not.has(slot)) reached[slot] = true;
  }
  return {
    reports: [...reports.values()].sort((a, b) => a.index - b.index),
    used: sum('used'),
    weights: sum('weights'),
    loss: sum('loss'),
    tokens: sum('tokens'),
    flops: sum('flops'),
    excluded: Math.max(...all.map((c) => c.excluded)),
    metrics: all.flatMap((c) => c.metrics),
    unreached: reached.flatMap((r, slot) => (r ? [] : [slot])),
    reached,
    ...(checks.length > 0 ? { blind: { loss: mean('loss'), blindLoss: mean('blindLoss') } } : {}),
  };
}

function joinReports(a: BatchReport, b: BatchReport): BatchReport {
  const [x, y] = [a.batch, b.batch];
  const what = a.what ?? b.what;
  return {
    index: a.index,
    batch: {
      bucket: x.items > 0 ? x.bucket : y.bucket,
      tokens: x.tokens + y.tokens,
      items: x.items + y.items,
      weight: (x.weight ?? 1) + (y.weight ?? 1),
      rows: [...(x.rows ?? []), ...(y.rows ?? [])],
      withoutLoss: [...(x.withoutLoss ?? []), ...(y.withoutLoss ?? [])],
      unended: [...(x.unended ?? []), ...(y.unended ?? [])],
      shortened: [...(x.shortened ?? []), ...(y.shortened ?? [])],
    },
    isUsed: a.isUsed || b.isUsed,
    ...(what === undefined ? {} : { what }),
    ...(a.isFatal || b.isFatal ? { isFatal: true } : {}),
  };
}

/** Throws `train.noloss` where no batch of a stage, from step `from` on, has a token in the loss. */
export async function assertLearnable(
  batches: BatchSource,
  { from, share, options, ranks, place }: { from: number; share: Share; options: LocalOptions['options']; ranks: Ranks; place: string },
): Promise<void> {
  const found = await ranks.all(async () => {
    const none = { rows: 0, batches: 0, isLearnable: false };
    for (let step = from; step < options.steps; step++)
      for (const index of batchesOf(share, step, options.accumulate)) {
        ranks.signal?.throwIfAborted();
        if (none.batches === 0) batches.prefetch(index);
        const batch = await batches.get(index);
        if ((batch.weight ?? 1) > 0) return { ...none, isLearnable: true };
        none.rows += batch.items;
        none.batches++;
      }
    return none;
  });
  if (found.some(({ isLearnable }) => isLearnable)) return;
  const total = (key: 'rows' | 'batches'): number => found.reduce((n, own) => n + own[key], 0);
  await ranks.first(() => {
    throw noLossError(place, `${total('rows')} rows in ${total('batches')} batches, none with a loss token`);
  });
}
