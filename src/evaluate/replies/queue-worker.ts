// A worker of a queue of conversations: takes jobs, asks its model, gives the replies back.

import { type JobWorker, type JobWorkerOptions, startJobWorker } from '../../util/job-queue.js';
import type { Responder } from '../responder.js';
import type { ModelIdentity } from './identity.js';
import { unpackMessages } from './job-media.js';
import { type JobData, queueName } from './queue.js';
import type { Kept } from './store.js';

/** Options of `startWorker`. */
export interface WorkerOptions extends Omit<JobWorkerOptions<JobData, Kept>, 'name' | 'run'> {
  model: ModelIdentity;
  responder: Responder;
}

/** A worker that runs. */
export type QueueWorker = JobWorker;

/** Answers one job. */
async function answer(data: JobData, responder: Responder): Promise<Kept> {
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
export function startWorker({ model, responder, ...options }: WorkerOptions): Promise<QueueWorker> {
  return startJobWorker<JobData, Kept>({ ...options, name: queueName(model), run: (data) => answer(data, responder) });
}
