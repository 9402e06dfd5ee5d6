// Jobs on Redis through BullMQ: given out under names of their own, done by workers on any machines, none lost with a worker and none done twice.

import type { Job, Queue } from 'bullmq';
import { type SensoriumError, throwIfAborted } from './errors.js';
import { connectRedis, queuePackages } from './redis.js';

/** Names of the keys in Redis begin so. */
const PREFIX = 'sensorium';

/** Results that nobody has fetched are kept for a week, in seconds. */
const KEPT = 7 * 24 * 3600;

/** A wait is looked into after so many milliseconds, should its event have been lost with a connection. */
const LOOK = 15_000;

/** A job: its name, which says all that its result depends on, and what a worker needs, as JSON carries it. */
export interface QueuedJob<D> {
  key: string;
  data(): D | Promise<D>;
}

/** An open queue. */
export interface JobQueue<D, R> {
  /**
   * Results of jobs, in their order. `onResult` is told each as it comes; then it is removed from the queue, so that what is told is kept by
   * whoever was told. Jobs that were done for an earlier run that has not fetched them are not done again.
   */
  all(jobs: readonly QueuedJob<D>[], options?: { signal?: AbortSignal; onResult?: (place: number, result: R) => void }): Promise<R[]>;
  close(): Promise<void>;
}

/** Options of `openJobQueue`. */
export interface JobQueueOptions {
  /** Of the Redis server. */
  url: string;
  /** Only workers of the same name take its jobs. */
  name: string;
  /** Called when nobody works on it yet. */
  onIdle?: () => void;
  /** The error for a job that a worker could not do. */
  failed(name: string, cause: Error): SensoriumError;
}

/** Opens a queue. Errors: `evaluate.queue` where the server or the packages are missing. */
export async function openJobQueue<D, R>({ url, name, onIdle, failed }: JobQueueOptions): Promise<JobQueue<D, R>> {
  const { Queue, QueueEvents } = await queuePackages();
  const client = await connectRedis(url);
  const queue: Queue<D, R, 'ask'> = new Queue(name, { connection: client, prefix: PREFIX });
  const events = new QueueEvents(name, { connection: client, prefix: PREFIX });
  // Connections come back by themselves; until then commands wait.
  queue.on('error', () => {}).setMaxListeners(0);
  events.on('error', () => {}).setMaxListeners(0);
  await events.waitUntilReady();
  if ((await queue.getWorkersCount()) === 0) onIdle?.();

  /** What became of a job; undefined where it has to be added again. */
  const outcome = async (job: Job<D, R, string>): Promise<{ result: R } | undefined> => {
    try {
      return { result: (await job.waitUntilFinished(events, LOOK)) as R };
    } catch (error) {
      const state = await job.getState();
      if (state === 'unknown') return undefined; // fetched and removed by another run, or lost with the server's memory
      if (state !== 'failed') return outcome(job); // waiting or running, or finished in this moment
      await job.remove();
      throw failed(name, error as Error);
    }
  };

  const answer = async ({ key, data }: QueuedJob<D>, isStopped: () => boolean): Promise<R> => {
    for (;;) {
      if (isStopped()) throw new DOMException('stopped', 'AbortError');
      const options = { jobId: key, removeOnComplete: { age: KEPT }, removeOnFail: false };
      // BullMQ derives the types of names and data from a generic parameter.
      const [added, asked] = ['ask', await data()] as unknown as Parameters<typeof queue.add>;
      const done = await outcome((await queue.add(added, asked, options)) as unknown as Job<D, R, string>);
      if (done) return done.result;
    }
  };

  return {
    async all(jobs, { signal, onResult } = {}) {
      throwIfAborted(signal);
      let hasFailed = false;
      const isStopped = (): boolean => hasFailed || signal?.aborted === true;
      const all = Promise.all(
        jobs.map(async (job, place) => {
          try {
            const result = await answer(job, isStopped);
            onResult?.(place, result);
            await queue.remove(job.key);
            return result;
          } catch (error) {
            hasFailed = true;
            throw error;
          }
        }),
      );
      if (!signal) return all;
      all.catch(() => {}); // told by the race
      let stop = (): void => {};
      const aborted = new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener('abort', stop);
      });
      return Promise.race([all, aborted]).finally(() => signal.removeEventListener('abort', stop));
    },
    async close() {
      await Promise.all([queue.close(), events.close()]);
      client.disconnect();
    },
  };
}

/** Options of `startJobWorker`. */
export interface JobWorkerOptions<D, R> {
  url: string;
  /** Of the queue. */
  name: string;
  /** Does a job. It may be done again where a worker dies over it, so it must not change anything but its result. */
  run(data: D): Promise<R>;
  /** Jobs that are done at once. Default 32. */
  slots?: number;
  /** A worker that has not been heard of for so many milliseconds is dead, and its jobs go to others. Default 30,000. */
  lock?: number;
  /** How often workers may die over one job before it is given up: it may be the job that kills them. Default 3. */
  deaths?: number;
  /** Told after each job. */
  onDone?: (state: { done: number; failed: number }) => void;
  /** Told of what fails, of jobs and of the connection. */
  onError?: (error: Error) => void;
}

/** A worker that runs. */
export interface JobWorker {
  readonly queue: string;
  /** Ends after the jobs that it is at. */
  close(): Promise<void>;
}

/** Starts a worker. Any number may run, on any machines. Errors: `evaluate.queue`. */
export async function startJobWorker<D, R>(options: JobWorkerOptions<D, R>): Promise<JobWorker> {
  const { url, name, run, slots = 32, lock = 30_000, deaths = 3, onDone, onError } = options;
  const { Worker } = await queuePackages();
  const client = await connectRedis(url);
  const worker = new Worker<D, R>(name, (job) => run(job.data), {
    connection: client,
    prefix: PREFIX,
    concurrency: slots,
    lockDuration: lock,
    stalledInterval: lock,
    maxStalledCount: deaths,
  });
  let [done, failed] = [0, 0];
  worker.on('completed', () => onDone?.({ done: ++done, failed }));
  worker.on('failed', (_, error) => {
    failed++;
    onError?.(error);
    onDone?.({ done, failed });
  });
  worker.on('error', (error) => onError?.(error));
  await worker.waitUntilReady();
  return {
    queue: name,
    async close() {
      await worker.close();
      client.disconnect();
    },
  };
}
