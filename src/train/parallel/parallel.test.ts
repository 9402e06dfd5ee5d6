// Runs of several ranks in one process: the losses of one rank, the same weights on all, one error for all, resume at any number of ranks.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inProcessCommunicators } from '../../runtime/communicator-testing.js';
import { isAbort, SensoriumError } from '../../util/errors.js';
import { type LoggedEvent, runStage, type StageRun, type TrainOptions } from '../index.js';
import type { Batch } from '../objective.js';
import { type Tiny, tinyProblem } from '../testing.js';
import { isShared, Ranks, withCheckpoint } from './ranks.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-ranks-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const options: Partial<TrainOptions> = { steps: 12, lr: 1e-2, logEvery: 1, checkpointEvery: 4 };

interface Trained {
  losses: number[];
  heldOut: number[];
  weights: number[][];
  events: LoggedEvent[];
  ended: PromiseSettledResult<unknown>[];
}

type Change = (tiny: Tiny, rank: number) => Partial<StageRun>;

/** Trains the tiny problem on `size` ranks in the same folder. */
async function train(size: number, out: string, more: Partial<TrainOptions> = {}, change: Change = () => ({})): Promise<Trained> {
  const communicators = inProcessCommunicators(size);
  const events: LoggedEvent[] = [];
  const tinies = communicators.map(() => tinyProblem({ held: 3, blind: 'uses' }));
  const ended = await Promise.allSettled(
    communicators.map((communicator, rank) => {
      const tiny = tinies[rank] as Tiny;
      const run: StageRun = { ...tiny, dir: join(dir, out), options: { ...options, ...more }, onEvent: (event) => events.push(event) };
      return runStage({ ...run, ...(size > 1 ? { communicator } : {}), ...change(tiny, rank) });
    }),
  );
  for (const { calls } of communicators) expect(calls).toEqual(communicators[0]?.calls);
  return {
    ended,
    events,
    losses: events.flatMap((e) => (e.type === 'step' ? [e.loss] : [])),
    heldOut: events.flatMap((e) => (e.type === 'held-out' ? [e.loss] : [])),
    weights: tinies.map(({ parameters, state }) => parameters.flatMap((p) => [...state.value(p).data])),
  };
}

const close = (a: readonly number[], b: readonly number[], to = 1e-4): void => {
  expect(a.length).toBe(b.length);
  expect(Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))))).toBeLessThan(to);
};

const done = ({ ended }: Trained): void => {
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
};

describe.each([
  ['parts of a batch', { accumulate: 1 }, 0],
  ['whole batches', { accumulate: 4 }, 0],
  ['shards of the moments', { accumulate: 1 }, 1],
  ['shards, whole batches', { accumulate: 2, blindEvery: 2 }, 1],
] as const)('with %s', (_, more, zero) => {
  it('2 and 4 ranks have the losses of one, and all the same weights', async () => {
    const alone = await train(1, 'one', more);
    done(alone);
    for (const size of [2, 4]) {
      const together = await train(size, `of ${size}`, more, () => ({ zero }));
      done(together);
      close(together.losses, alone.losses);
      close(together.heldOut, alone.heldOut);
      close(together.weights[0] as number[], alone.weights[0] as number[], 1e-3);
      for (const weights of together.weights) expect(weights).toEqual(together.weights[0]);
      expect(together.events.filter((e) => e.type === 'blind').length).toBe(alone.events.filter((e) => e.type === 'blind').length);
    }
  });
});

describe('a run of several ranks', () => {
  it.each([0, 1] as const)('goes on exactly with as many ranks, and to rounding with others (zero %i)', async (zero) => {
    const whole = await train(2, 'whole', {}, () => ({ zero }));
    done(whole);
    const stop = async (out: string): Promise<void> => {
      const half = await train(2, out, {}, (tiny, rank) => {
        const controller = new AbortController();
        const { batch } = tiny.objective;
        tiny.objective.batch = async (index, signal) => {
          if (index === 6 && rank === 1) controller.abort(new DOMException('stopped by SIGINT', 'AbortError'));
          return batch(index, signal);
        };
        return { zero, signal: controller.signal };
      });
      for (const end of half.ended) expect(end.status === 'rejected' && isAbort(end.reason) && isShared(end.reason)).toBe(true);
      expect(half.events.filter((e) => e.type === 'interrupted')).toHaveLength(1);
    };
    await stop('same');
    const same = await train(2, 'same', {}, () => ({ zero, resume: true }));
    done(same);
    expect(same.weights).toEqual(whole.weights);
    for (const size of [1, 4]) {
      await stop(`then ${size}`);
      const other = await train(size, `then ${size}`, {}, () => ({ resume: true, ...(size > 1 ? { zero } : {}) }));
      done(other);
      close(other.weights[0] as number[], whole.weights[0] as number[], 1e-3);
    }
  });

  it('has one error for all, with the rank in it', async () => {
    const failed = await train(2, 'fails', {}, (tiny, rank) => {
      const { batch } = tiny.objective;
      tiny.objective.batch = async (index, signal) => {
        const made = await batch(index, signal);
        if (rank === 1 && index === 5) (made.feeds.x as { data: Float32Array }).data.fill(Number.NaN);
        return made;
      };
      return {};
    });
    for (const { status, reason } of failed.ended as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toMatchObject({ code: 'train.nonfinite', place: expect.stringContaining('rank 1') });
      expect(isShared(reason)).toBe(true);
    }
    expect(failed.losses).toHaveLength(5);
    const last = failed.events.filter((e) => e.type === 'checkpoint').at(-1);
    expect(last).toMatchObject({ step: 5 }); // the best so far
  });

  it('leaves the same batches out on all ranks', async () => {
    const bad = (tiny: Tiny): Partial<StageRun> => {
      const { batch } = tiny.objective;
      tiny.objective.batch = async (index, signal): Promise<Batch> => {
        const made = await batch(index, signal);
        if (index === 6) (made.feeds.x as { data: Float32Array }).data.fill(Number.NaN);
        return index === 9 ? { ...made, weight: 0 } : made;
      };
      return {};
    };
    const more = { accumulate: 2, steps: 8, skipBatch: true };
    const alone = await train(1, 'alone', more, bad);
    const both = await train(2, 'both', more, bad);
    done(alone);
    done(both);
    close(both.losses, alone.losses);
    const skips = (run: Trained) => run.events.flatMap((e) => (e.type === 'skip' ? [{ ...e, time: '' }] : []));
    expect(skips(both)).toEqual(skips(alone));
    expect(skips(both)).toHaveLength(2);
    expect(both.weights[1]).toEqual(both.weights[0]);
  });

  it('begins only where all have the same', async () => {
    const differ = await train(2, 'differ', {}, (tiny, rank) => {
      const [first] = tiny.parameters;
      if (rank === 1 && first) tiny.state.value(first).data[0] = 7;
      return {};
    });
    for (const end of differ.ended)
      expect((end as PromiseRejectedResult).reason).toMatchObject({ code: 'train.differs', summary: expect.stringContaining('rank 1') });
    const refused = await train(2, 'refused', {}, (tiny) => {
      tiny.objective.batchPart = undefined;
      return {};
    });
    for (const end of refused.ended) expect((end as PromiseRejectedResult).reason).toMatchObject({ code: 'train.ranks' });
  });

  it('writes events of other ranks where that is asked for', async () => {
    done(await train(2, 'quiet', { steps: 1 }));
    done(await train(2, 'logs', { steps: 1 }, () => ({ rankLogs: true })));
    const logs = async (run: string) => (await readdir(join(dir, run))).filter((name) => name.endsWith('.jsonl')).sort();
    expect(await logs('quiet')).toEqual(['run.jsonl']);
    expect(await logs('logs')).toEqual(['rank-1.jsonl', 'run.jsonl']);
  });
});

describe('ranks', () => {
  it('share values, lists and errors', async () => {
    const ranks = inProcessCommunicators(3).map((communicator) => new Ranks(communicator));
    const on = <T>(work: (r: Ranks) => Promise<T>) => Promise.all(ranks.map(work));
    expect(await on((r) => r.all(() => ({ from: r.rank })))).toEqual(Array(3).fill([{ from: 0 }, { from: 1 }, { from: 2 }]));
    expect(await on((r) => r.first(() => `by ${r.rank}`))).toEqual(Array(3).fill('by 0'));
    expect(await on((r) => r.each(() => r.rank))).toEqual([0, 1, 2]);
    const list = [0, 1, 2, 3, 4, 5, 6];
    expect(await on((r) => r.dealt(async () => r.shareOf(list)))).toEqual(Array(3).fill(list));
    const failures = await Promise.allSettled(
      ranks.map((r) =>
        r.all(() => {
          if (r.rank > 0) throw new SensoriumError('train.data', 'bad row', { place: 'file', hint: 'look' });
        }),
      ),
    );
    for (const { reason } of failures as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'train.data', place: 'rank 1: file', hint: 'look' });
      expect(isShared(reason)).toBe(true);
    }
  });

  it('name the last checkpoint where one has ended', () => {
    const lost = new SensoriumError('runtime.rank', 'rank 1 has ended');
    expect(withCheckpoint(lost, 'run/1')).toMatchObject({ code: 'runtime.rank', hint: expect.stringContaining('run/1') });
    const other = new Error('x');
    expect(withCheckpoint(other, 'run/1')).toBe(other);
  });
});
