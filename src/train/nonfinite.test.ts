// NaN and Infinity: they stop a stage and leave its last checkpoint whole, or their batches are left out and counted.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { input } from '../graph/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { type LoggedEvent, readCheckpoint, runStage, type TrainOptions } from './index.js';
import { lossBound } from './nonfinite.js';
import type { Batch } from './objective.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-nonfinite-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const weights = ({ parameters, state }: Tiny): number[] => parameters.flatMap((p) => [...state.value(p).data]);
const options: Partial<TrainOptions> = { steps: 12, lr: 1e-2, logEvery: 1, checkpointEvery: 2 };
let runs = 0;
async function train(tiny: Tiny, more: Partial<TrainOptions> = {}, run: Partial<Parameters<typeof runStage>[0]> = {}) {
  const events: LoggedEvent[] = [];
  const summary = await runStage({
    ...tiny,
    dir: join(dir, `run${runs++}`),
    options: { ...options, ...more },
    onEvent: (e) => events.push(e),
    ...run,
  });
  return { summary, events };
}

/** The tiny problem with an input `z` that makes the gradient NaN, and leaves the loss finite, where it is 0. */
function rooted(): Tiny {
  const tiny = tinyProblem();
  const { graph, batch } = tiny.objective;
  const w = tiny.parameters[2] as Tiny['parameters'][number];
  tiny.objective.graph = (bucket) => {
    const x = w.mul(input('z', []));
    return { loss: graph(bucket).loss.add(x.mul(x).sum().sqrt().mul(0.01)) };
  };
  tiny.objective.batch = async (index) => {
    const made = await batch(index);
    return { ...made, rows: [10 * index, 10 * index + 1], feeds: { ...made.feeds, z: hostTensor('float32', [], [1]) } };
  };
  return tiny;
}

type Change = (batch: Batch) => Batch;
const nanLoss: Change = (batch) => {
  const x = hostTensor('float32', (batch.feeds.x as Batch['feeds'][string]).shape);
  x.data.fill(Number.NaN);
  return { ...batch, feeds: { ...batch.feeds, x } };
};
const nanGradient: Change = (batch) => ({ ...batch, feeds: { ...batch.feeds, z: hostTensor('float32', [], [0]) } });
const without: Change = (batch) => ({ ...batch, weight: 0 });

/** `rooted` with some of its batches changed. */
function changed(change: Change, which: (index: number) => boolean): Tiny {
  const tiny = rooted();
  const { batch } = tiny.objective;
  tiny.objective.batch = async (index) => (which(index) ? change(await batch(index)) : batch(index));
  return tiny;
}

describe('numbers that are not finite', () => {
  it('stop the stage, naming batch and rows, and leave the last checkpoint whole', async () => {
    for (const change of [nanLoss, nanGradient]) {
      const run = join(dir, change === nanLoss ? 'loss' : 'gradient');
      await expect(
        train(
          changed(change, (i) => i === 5),
          {},
          { dir: run },
        ),
      ).rejects.toMatchObject({
        code: 'train.nonfinite',
        place: expect.stringMatching(/batch 5 .*rows 50, 51/),
      });
      const reference = rooted();
      await train(reference, { steps: 12 }, { dir: join(run, 'reference') });
      const { trainer, weights: saved } = await readCheckpoint(join(run, 'checkpoints', '000-tiny-00000004'));
      expect(trainer.stage.step).toBe(4);
      expect(Object.values(saved).every(({ data }) => (data as Float32Array).every(Number.isFinite))).toBe(true);
      // Its data corrected, the run goes on from there as if nothing had happened.
      const again = rooted();
      await train(again, {}, { dir: run, resume: true });
      expect(weights(again)).toEqual(weights(reference));
    }
  });
});

/** A batch that is finite, with a loss far beyond those before it. */
const exploding: Change = (batch) => {
  const { dtype, shape, data } = batch.feeds.x as HostTensor<'float32'>;
  return { ...batch, feeds: { ...batch.feeds, x: { dtype, shape, data: data.map((x) => 1e5 * x) } } };
};

describe('losses beyond their bound', () => {
  it('grow with the first ones, unless a bound is given', () => {
    expect(lossBound(0, [])).toBe(Number.POSITIVE_INFINITY);
    expect(lossBound(0, [2, 4])).toBe(1000);
    expect(lossBound(0, [-200, 200])).toBe(20_000);
    expect(lossBound(7, [200])).toBe(7);
  });

  it('stop the stage, naming batch, rows and bound, and leave the last checkpoint whole; are left out where that is asked for', async () => {
    const run = join(dir, 'exploded');
    const which = (i: number): boolean => i === 5;
    await expect(train(changed(exploding, which), {}, { dir: run })).rejects.toMatchObject({
      code: 'train.nonfinite',
      place: expect.stringMatching(/batch 5 .*rows 50, 51/),
      got: expect.stringContaining('maxLoss'),
    });
    const { weights: saved } = await readCheckpoint(join(run, 'checkpoints', '000-tiny-00000004'));
    expect(Object.values(saved).every(({ data }) => (data as Float32Array).every(Number.isFinite))).toBe(true);
    const [left, gone] = [changed(exploding, which), changed(without, which)];
    const { summary } = await train(left, { skipBatch: true }, { dir: run, resume: true });
    await train(gone);
    expect(weights(left)).toEqual(weights(gone));
    expect(summary.unused?.nonFiniteBatches).toBe(1);
    // A higher bound lets it pass.
    await train(changed(exploding, which), { maxLoss: 1e30 });
  });

  it('are those of metrics too, where an objective bounds them, and of batches that it finds faulty', async () => {
    const limited = rooted();
    const { graph } = limited.objective;
    limited.objective.graph = (bucket) => {
      const traced = graph(bucket);
      return { ...traced, metrics: { kl: traced.loss.mul(0).add(2) } };
    };
    limited.objective.limits = { kl: 0.5 };
    await expect(train(limited)).rejects.toMatchObject({ code: 'train.nonfinite', got: expect.stringContaining('kl 2') });
    const faulty = changed((batch) => ({ ...batch, fault: 'kl 99' }), (i) => i === 3); // biome-ignore format: one line
    await expect(train(faulty)).rejects.toMatchObject({
      code: 'train.nonfinite',
      place: expect.stringContaining('batch 3 '),
      got: 'kl 99',
    });
  });
});

describe('skipBatch', () => {
  it('leaves such batches out, as if there had been nothing to learn in them', async () => {
    for (const [change, accumulate, which] of [
      [nanLoss, 1, (i: number) => i === 2 || i === 5],
      [nanGradient, 1, (i: number) => i === 2 || i === 5],
      [nanGradient, 3, (i: number) => i === 0 || i === 4 || (i >= 6 && i < 9)],
      [nanLoss, 3, (i: number) => i === 0 || i === 4 || (i >= 6 && i < 9)],
    ] as const) {
      const [left, gone] = [changed(change, which), changed(without, which)];
      const { summary, events } = await train(left, { accumulate, skipBatch: true });
      const expected = await train(gone, { accumulate });
      expect(weights(left)).toEqual(weights(gone));
      expect(summary.loss).toEqual(expected.summary.loss);
      const bad = Array.from({ length: 12 * accumulate }, (_, i) => i).filter(which);
      expect(summary.unused).toMatchObject({ nonFiniteBatches: bad.length, skippedSteps: expected.summary.unused?.skippedSteps });
      const skips = events.flatMap((e) => (e.type === 'skip' ? [e] : []));
      expect(skips.flatMap((e) => e.batches)).toEqual(bad);
      expect(skips.flatMap((e) => e.rows)).toEqual(bad.flatMap((i) => [10 * i, 10 * i + 1]));
      expect(skips.every((e) => e.nonFinite)).toBe(true);
    }
  });

  it('can be asked for when a run is resumed that had stopped', async () => {
    const run = join(dir, 'run');
    const which = (i: number): boolean => i === 5;
    await expect(train(changed(nanGradient, which), {}, { dir: run })).rejects.toMatchObject({ code: 'train.nonfinite' });
    const [resumed, gone] = [changed(nanGradient, which), changed(without, which)];
    await train(resumed, { skipBatch: true }, { dir: run, resume: true });
    await train(gone);
    expect(weights(resumed)).toEqual(weights(gone));
  });

  it('stops at ten in a row', async () => {
    await train(
      changed(nanLoss, (i) => i < 9),
      { skipBatch: true },
    );
    await expect(
      train(
        changed(nanLoss, (i) => i < 10),
        { skipBatch: true },
      ),
    ).rejects.toMatchObject({
      code: 'train.nonfinite',
      place: expect.stringContaining('batch 9 '),
    });
    const nines = changed(nanLoss, (i) => i % 10 !== 9);
    const { summary } = await train(nines, { skipBatch: true, steps: 30 });
    expect(summary.unused?.nonFiniteBatches).toBe(27);
  });

  it('leaves held-out batches out of the mean', async () => {
    const withBad = (bad: readonly number[]): Tiny => {
      const tiny = tinyProblem({ held: 3 });
      const held = tiny.objective.held as NonNullable<Tiny['objective']['held']>;
      const { batch } = held.objective;
      held.objective.batch = async (index) => (bad.includes(index) ? nanLoss(await batch(index)) : batch(index));
      return tiny;
    };
    const { events } = await train(withBad([1]), { skipBatch: true });
    const measured = events.flatMap((e) => (e.type === 'held-out' ? [e] : []));
    expect(measured.every((e) => e.batches === 2 && Number.isFinite(e.loss))).toBe(true);
    await expect(train(withBad([0, 1, 2]), { skipBatch: true })).rejects.toMatchObject({ code: 'train.nonfinite' });
  });
});
