// The pool of worker threads: results come back, budgets hold, and a pool goes on after each of its workers has ended.

import os from 'node:os';
import { threadId } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { SensoriumError } from './errors.js';
import { defineJob, disposeJobs, poolSize, runJob } from './jobs.js';
import { answer, crash, exit, fail, hoard, mark, priority, spin, sum } from './jobs-testing.js';
import { WorkerPool } from './worker-pool.js';

const url = new URL('./jobs-testing.ts', import.meta.url).href;
const message = (name: string, input?: unknown) => ({ url, name, input });
const pools: WorkerPool[] = [];
const makePool = (size: number): WorkerPool => {
  const pool = new WorkerPool({ size });
  pools.push(pool);
  return pool;
};
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.dispose()));
  await disposeJobs();
  delete process.env.SENSORIUM_WORKERS;
});

describe('runJob', () => {
  it('runs in another thread and moves what comes back', async () => {
    const { thread, bytes, floats } = await runJob(defineJob(url, answer), 1000);
    expect(thread).not.toBe(threadId);
    expect(bytes).toEqual(new Uint8Array(1000).fill(7));
    expect(floats).toEqual(new Float32Array(1000).fill(0.5));
  });

  it.runIf(process.platform === 'linux')('leaves the first place to the main thread', async () => {
    const own = os.getPriority();
    expect(await runJob(defineJob(url, priority), undefined)).toBe(Math.min(19, own + 10));
    expect(os.getPriority()).toBe(own);
  });

  it('keeps the class, the code and the fields of errors', async () => {
    const error = (await caught(runJob(defineJob(url, fail), 'here'))) as SensoriumError;
    expect(error).toBeInstanceOf(SensoriumError);
    expect(error).toMatchObject({ code: 'util.shape', place: 'here', expected: 'success', got: 'failure', hint: 'Try again' });
    expect(error.message).toBe(
      ((): string => {
        try {
          return fail('here');
        } catch (e) {
          return (e as Error).message;
        }
      })(),
    );
    expect(await caught(runJob(defineJob(url, crash), undefined))).toMatchObject({ name: 'TypeError', message: 'not a function' });
  });

  it('moves its input where it is asked to', async () => {
    const moved = { bytes: new Uint8Array(8) };
    expect(await runJob(defineJob(url, sum), { bytes: Uint8Array.of(1, 2) })).toBe(3);
    expect(await runJob(defineJob(url, sum), moved, { move: true })).toBe(0);
    expect(moved.bytes.length).toBe(0);
  });

  it('shares memory that is made for it', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    await runJob(defineJob(url, mark), shared);
    expect(shared[0]).toBe(1);
  });

  it('runs where it is asked for without threads', async () => {
    process.env.SENSORIUM_WORKERS = '0';
    expect((await runJob(defineJob(url, answer), 1)).thread).toBe(threadId);
    process.env.SENSORIUM_WORKERS = '3';
    expect(poolSize()).toBe(3);
    process.env.SENSORIUM_WORKERS = 'many';
    expect(() => poolSize()).toThrow(expect.objectContaining({ code: 'util.workers' }));
  });
});

describe('a pool', () => {
  it('ends a job that takes too long, and works on', async () => {
    const pool = makePool(1);
    expect(await caught(pool.run(message('spin'), { timeoutMs: 50 }))).toMatchObject({ code: 'job.time', place: spin.name });
    expect(await pool.run(message('answer', 1))).toMatchObject({ bytes: Uint8Array.of(7) });
  });

  it('ends a job that takes too much memory, and works on', async () => {
    const pool = makePool(1);
    expect(await caught(pool.run(message('hoard'), { maxMemoryMb: 32 }))).toMatchObject({ code: 'job.memory', place: hoard.name });
    expect(await pool.run(message('answer', 1))).toMatchObject({ bytes: Uint8Array.of(7) });
  });

  it('ends a job that is aborted, running or waiting, with the reason', async () => {
    const pool = makePool(1);
    const [running, waiting] = [new AbortController(), new AbortController()];
    const both = [
      caught(pool.run(message('spin'), { signal: running.signal })),
      caught(pool.run(message('answer', 1), { signal: waiting.signal })),
    ];
    const last = pool.run(message('answer', 1));
    expect(pool.stats).toEqual({ threads: 1, waiting: 2 });
    waiting.abort(new Error('left'));
    expect(await both[1]).toMatchObject({ message: 'left' });
    expect(pool.stats.waiting).toBe(1);
    running.abort();
    expect(await both[0]).toMatchObject({ name: 'AbortError' });
    expect(await last).toMatchObject({ bytes: Uint8Array.of(7) });
    expect(await caught(pool.run(message('answer', 1), { signal: AbortSignal.abort(new Error('before')) }))).toMatchObject({
      message: 'before',
    });
  });

  it('says so when a worker is gone, or an input cannot be sent', async () => {
    const pool = makePool(1);
    expect(await caught(pool.run(message('exit')))).toMatchObject({ code: 'job.failed', place: exit.name });
    expect(await caught(pool.run(message('answer', () => 1)))).toMatchObject({ name: 'DataCloneError' });
    expect(await pool.run(message('answer', 1))).toMatchObject({ bytes: Uint8Array.of(7) });
  });

  it('has no more threads than it may, uses them again, and one for each limit of memory', async () => {
    const pool = makePool(2);
    const jobs = Array.from({ length: 6 }, () => pool.run(message('answer', 1)) as Promise<{ thread: number }>);
    expect(pool.stats).toEqual({ threads: 2, waiting: 4 });
    expect(new Set((await Promise.all(jobs)).map((j) => j.thread)).size).toBeLessThanOrEqual(2);
    const other = (await pool.run(message('answer', 1), { maxMemoryMb: 64 })) as { thread: number };
    expect((await Promise.all(jobs)).map((j) => j.thread)).not.toContain(other.thread);
    expect(pool.stats.threads).toBeLessThanOrEqual(2);
  });

  it('begins urgent jobs before those that wait, in the order in which they came', async () => {
    const pool = makePool(1);
    const order: string[] = [];
    const add = (name: string, urgent: boolean): Promise<unknown> =>
      pool.run(message('answer', 1), { urgent }).then(() => order.push(name));
    await Promise.all([add('first', false), add('second', false), add('urgent', true), add('third', false), add('urgent too', true)]);
    expect(order).toEqual(['first', 'urgent', 'urgent too', 'second', 'third']);
  });

  it('ends idle threads, and all of them when it is closed', async () => {
    const pool = new WorkerPool({ size: 1, idleMs: 1 });
    pools.push(pool);
    await pool.run(message('answer', 1));
    await expect.poll(() => pool.stats.threads).toBe(0);
    const job = caught(pool.run(message('spin')));
    await pool.dispose();
    expect(await job).toMatchObject({ code: 'job.closed' });
    expect(pool.stats.threads).toBe(0);
    expect(await caught(pool.run(message('answer', 1)))).toMatchObject({ code: 'job.closed' });
  });
});
