// A worker of a queue of conversations: takes jobs, asks its model, gives the replies back.

import type { Job } from 'bullmq';
import type { Responder } from '../responder.js';
import type { ModelIdentity } from './identity.js';
import { unpackMessages } from './job-media.js';
import { type JobData, PREFIX, queueName } from './queue.js';
import { connectRedis, queuePackages } from './redis.js';
import type { Kept } from './store.js';

/** Options of `startWorker`. */
export interface WorkerOptions {
  url: string;
  model: ModelIdentity;
  responder: Responder;
  /** Conversations that are answered at once. Default 32. */
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
export interface QueueWorker {
  readonly queue: string;
  /** Ends after the replies that it is at. */
  close(): Promise<void>;
}

/** Answers one job. */
async function answer({ data }: Job<JobData, Kept>, responder: Responder): Promise<Kept> {
  const messages = await unpackMessages(data.messages);
  if (data.what === 'reply') {
    const [reply] = await responder.replies([messages], { maxTokens: data.maxTokens });
    return { reply: reply as string };
  }
  const [rank] = (await responder.rank?.([{ messages, choices: data.choices }], {})) ?? [];
  if (rank === undefined) throw new Error('this model cannot rank');
  return { rank };
}

/** Starts a worker for a model. Any number may run, on any machines. Errors: `evaluate.queue`. */
export async function startWorker(options: WorkerOptions): Promise<QueueWorker> {
  const { url, model, responder, slots = 32, lock = 30_000, deaths = 3, onDone, onError } = options;
  const { Worker } = await queuePackages();
  const client = await connectRedis(url);
  const queue = queueName(model);
  const worker = new Worker<JobData, Kept>(queue, (job) => answer(job, responder), {
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
    queue,
    async close() {
      await worker.close();
      client.disconnect();
    },
  };
}
